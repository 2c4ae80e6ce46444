/** `user list|role|email|disable|enable|sessions-revoke|factors-remove`, `admin-code`: the people who sign in, for who has the machine. */
import { parseArgs } from "node:util";

import { issueClaimCode } from "../accounts/claim-store.ts";
import { setEmail } from "../console/people/email-store.ts";
import { cleanEmail, type Person } from "../console/people/person.ts";
import {
  findPerson,
  findPersonByEmail,
  listPeople,
  removeSecondFactors,
  setDisabled,
  setRole,
} from "../console/people/person-store.ts";
import { endSessions } from "../console/people/session-store.ts";
import { INSTALLATION_ROLES } from "../console/viewer.ts";
import type { Database } from "../db/connect.ts";
import { ACTOR, onlyOne } from "./arguments.ts";
import { CommandError, UsageError, type Command, type CommandResult, type Printable } from "./command.ts";

/** Most people of one list. */
const MOST = 1_000;

const toJson = (person: Person): { readonly [key: string]: Printable } => ({
  id: person.id,
  email: person.email,
  name: person.name,
  username: person.username,
  role: person.role,
  verified: person.isVerified,
  codes: person.hasCodes,
  disabled: person.isDisabled,
  createdAt: new Date(person.createdAt).toISOString(),
});

const toLine = (person: Person): string =>
  `${person.id}  ${person.role ?? "customer"}  ${person.isDisabled ? "disabled  " : ""}${person.email}  ${person.name}`;

const show = (person: Person): CommandResult => ({ json: toJson(person), text: toLine(person), exitCode: 0 });

/** Somebody by address or id. @throws CommandError */
const requirePerson = async ({ kysely }: Database, name: string): Promise<Person> => {
  const person = name.includes("@")
    ? await findPersonByEmail(kysely, name.toLowerCase())
    : await findPerson(kysely, name);
  if (person === null)
    throw new CommandError(`There is nobody called ${name}. Give an address or an id; see: user list`);
  return person;
};

const userList: Command = {
  name: "user list",
  summary: "List the people who may sign in.",
  usage: "user list [--staff] [--search BEGINNING]",
  run: async (args, { db }) => {
    const { values } = parseArgs({ args, options: { staff: { type: "boolean" }, search: { type: "string" } } });
    const people = await listPeople(db.kysely, { staff: values.staff, search: values.search, limit: MOST });
    return { json: people.map(toJson), text: people.map(toLine).join("\n") || "Nobody yet.", exitCode: 0 };
  },
};

const userRole: Command = {
  name: "user role",
  summary: "Give somebody a role in the installation, or with 'none' take it; their sessions end.",
  usage: `user role EMAIL ${INSTALLATION_ROLES.join("|")}|none`,
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const [name, wanted, ...others] = positionals;
    const role = INSTALLATION_ROLES.find((one) => one === wanted) ?? null;
    if (name === undefined || others.length > 0 || (role === null && wanted !== "none"))
      throw new UsageError("an address and a role are needed");
    const { id } = await requirePerson(db, name);
    await setRole(db, { id, actor: ACTOR, role, isForced: true });
    return show(await requirePerson(db, id));
  },
};

const userEmail: Command = {
  name: "user email",
  summary: "Give somebody another address, without a mail that proves it; their sessions end.",
  usage: "user email EMAIL NEW",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const [name, wanted, ...others] = positionals;
    const email = cleanEmail(wanted ?? "");
    if (name === undefined || email === null || others.length > 0)
      throw new UsageError("an address and the new one are needed");
    const { id } = await requirePerson(db, name);
    if (!(await setEmail(db, { personId: id, email, actor: ACTOR })))
      throw new CommandError(`${email} is somebody's address already. See: user list --search ${email}`);
    return show(await requirePerson(db, id));
  },
};

const closing = (word: "disable" | "enable"): Command => ({
  name: `user ${word}`,
  summary: word === "disable" ? "Close the door to somebody; their sessions end." : "Let somebody in again.",
  usage: `user ${word} EMAIL`,
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const { id } = await requirePerson(db, onlyOne(positionals, "person"));
    await setDisabled(db, { id, actor: ACTOR, isDisabled: word === "disable", isForced: true });
    return show(await requirePerson(db, id));
  },
});

const userSessions: Command = {
  name: "user sessions-revoke",
  summary: "End every session of somebody.",
  usage: "user sessions-revoke EMAIL",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const { id } = await requirePerson(db, onlyOne(positionals, "person"));
    const ended = await endSessions(db, { personId: id, but: null, actor: ACTOR });
    return { json: { id, ended }, text: `${ended} sessions ended.`, exitCode: 0 };
  },
};

const userFactors: Command = {
  name: "user factors-remove",
  summary: "Take passkeys and app codes away from somebody who has lost them; their sessions end.",
  usage: "user factors-remove EMAIL",
  run: async (args, { db }) => {
    const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
    const { id } = await requirePerson(db, onlyOne(positionals, "person"));
    await removeSecondFactors(db, { id, actor: ACTOR });
    return show(await requirePerson(db, id));
  },
};

const adminCode: Command = {
  name: "admin-code",
  summary: "Make a one-time code with which somebody becomes an operator; earlier ones end.",
  usage: "admin-code",
  run: async (args, { db, config }) => {
    parseArgs({ args, options: {} });
    const code = await issueClaimCode(db, ACTOR);
    const url = `${config.publicUrl}/claim`;
    return { json: { code, url }, text: `${code}\nValid for one hour, once, at ${url}`, exitCode: 0 };
  },
};

export const userCommands: readonly Command[] = [
  userList,
  userRole,
  userEmail,
  closing("disable"),
  closing("enable"),
  userSessions,
  userFactors,
  adminCode,
];

/** The people of an account: who belongs, who is invited, and what each may do. */
import { z } from "@hono/zod-openapi";

import { problems } from "../errors.ts";
import { createInvitation, listInvitations, MAX_OPEN, revokeInvitation } from "../people/invitation-store.ts";
import {
  changeMember,
  listMembers,
  MAX_MEMBERS,
  removeMember,
  type MembershipChange,
} from "../people/membership-store.ts";
import { cleanEmail } from "../people/person.ts";
import { findAccount } from "../../accounts/store.ts";
import { consoleRoute, NOTHING, type ConsoleRoute } from "../route.ts";
import { at, line, publicId } from "../values.ts";
import { ACCOUNT_ROLES, actorOf } from "../viewer.ts";

const PATH = "/accounts/{account}/team";
const MAX_EMAIL = 254;

const invitationShape = z.strictObject({
  id: z.string(),
  email: z.string(),
  role: z.enum(ACCOUNT_ROLES),
  invitedBy: z.string(),
  createdAt: at,
  expiresAt: at,
});

const teamShape = z.strictObject({
  members: z.array(
    z.strictObject({
      person: z.string(),
      name: z.string(),
      email: z.string(),
      role: z.enum(ACCOUNT_ROLES),
      isYou: z.boolean(),
      joinedAt: at,
    }),
  ),
  /** Empty for who is not an owner. */
  invitations: z.array(invitationShape),
});

/** The words for what a change of a membership may meet. */
const REFUSALS = {
  missing: () => problems.missing("member"),
  "last-owner": () =>
    problems.conflict("Every account needs an owner. Make somebody else an owner first, then try again."),
} as const satisfies Record<Exclude<MembershipChange, "done">, () => Error>;

const team = consoleRoute({
  method: "get",
  path: PATH,
  access: "account:read",
  tag: "account",
  summary: "Who belongs to the account and, for its owners, who is invited.",
  response: teamShape,
  handle: async ({ services, viewer, account }): Promise<z.input<typeof teamShape>> => {
    const { kysely } = services.database;
    const members = await listMembers(kysely, account.accountId);
    const open = account.role === "owner" ? await listInvitations(kysely, account.accountId, services.now()) : [];
    return {
      members: members.map(({ personId, name, email, role, since }) => ({
        person: personId,
        name,
        email,
        role,
        isYou: personId === viewer.userId,
        joinedAt: since,
      })),
      invitations: open.map(({ id, email, role, invitedBy, createdAt, expiresAt }) => ({
        id,
        email,
        role: role === "owner" ? "owner" : "member",
        invitedBy,
        createdAt,
        expiresAt,
      })),
    };
  },
});

const invite = consoleRoute({
  method: "post",
  path: `${PATH}/invitations`,
  access: "account:own",
  stepUp: true,
  tag: "account",
  summary: "Invite somebody by mail; the link is valid for seven days and works once.",
  request: { body: z.strictObject({ email: line(MAX_EMAIL), role: z.enum(ACCOUNT_ROLES) }) },
  response: z.strictObject({
    id: z.string(),
    /** The link, to be handed over by hand, where no mail is sent; null where it is. */
    link: z.string().nullable(),
  }),
  status: 201,
  handle: async ({ services, viewer, account, body }) => {
    const { database, people, mail, config } = services;
    const email = cleanEmail(body.email);
    if (email === null) throw problems.invalid({ email: "is not an address" });
    const members = await listMembers(database.kysely, account.accountId);
    if (members.some((member) => member.email === email))
      throw problems.invalid({ email: "belongs to the account already" });
    if (members.length >= MAX_MEMBERS) throw problems.conflict(`An account has at most ${MAX_MEMBERS} people.`);
    const order = {
      accountId: account.accountId,
      role: body.role,
      email,
      invitedBy: viewer.userId,
      now: services.now(),
    };
    const made = await createInvitation(database, order);
    if (made === null)
      throw problems.conflict(`At most ${MAX_OPEN} invitations are open at once. Take some back first.`);
    const named = await findAccount(database.kysely, account.accountPublicId);
    await people.sendInvitation(email, made.token, { by: viewer.name, to: `the account "${named?.name ?? ""}"` });
    return { id: made.id, link: mail.isOn ? null : `${config.publicUrl}/invite/${made.token}` };
  },
});

const uninvite = consoleRoute({
  method: "delete",
  path: `${PATH}/invitations/{invitation}`,
  access: "account:own",
  tag: "account",
  summary: "Take an invitation back.",
  request: { params: z.strictObject({ invitation: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, account, params }) => {
    const order = { id: params.invitation, accountId: account.accountId, actor: actorOf(viewer), now: services.now() };
    if (!(await revokeInvitation(services.database, order))) throw problems.missing("invitation");
  },
});

const change = consoleRoute({
  method: "patch",
  path: `${PATH}/{person}`,
  access: "account:own",
  stepUp: true,
  tag: "account",
  summary: "Make a member an owner, or an owner a member.",
  request: { params: z.strictObject({ person: publicId }), body: z.strictObject({ role: z.enum(ACCOUNT_ROLES) }) },
  response: NOTHING,
  handle: async ({ services, viewer, account, params, body }) => {
    const order = { account, personId: params.person, role: body.role, actor: actorOf(viewer) };
    const result = await changeMember(services.database, order);
    if (result !== "done") throw REFUSALS[result]();
  },
});

const remove = consoleRoute({
  method: "delete",
  path: `${PATH}/{person}`,
  access: "account:own",
  stepUp: true,
  tag: "account",
  summary: "Take somebody out of the account.",
  request: { params: z.strictObject({ person: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, account, params }) => {
    const result = await removeMember(services.database, { account, personId: params.person, actor: actorOf(viewer) });
    if (result !== "done") throw REFUSALS[result]();
  },
});

export const teamRoutes: readonly ConsoleRoute[] = [team, invite, uninvite, change, remove];

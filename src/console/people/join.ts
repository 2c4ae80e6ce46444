/** Becoming somebody: registration, invitations, the first operator, the proof of an address. */
import { z } from "zod";

import { problems } from "../errors.ts";
import { begin } from "./begin.ts";
import { endpoint, type Endpoint } from "./endpoint.ts";
import { typedEmail, typedPassword } from "./enter.ts";
import { tell, type Ground, type Reply, type Visit } from "./ground.ts";
import { giveBack, takeTries } from "./guessing.ts";
import { stateOf, isInstallationRole, type Invitation } from "./invitation.ts";
import { findInvitation } from "./invitation-store.ts";
import { letter } from "./letters.ts";
import { ask, busyError } from "./library.ts";
import { passwordProblem, PASSWORD_PROBLEMS } from "./password.ts";
import { cleanEmail, cleanPersonName, isUsername, mailboxOf, MAX_USERNAME, MIN_USERNAME } from "./person.ts";
import { findPersonByEmail } from "./person-store.ts";
import { claim, giveStartCredit, register, type Caps, type NewPerson } from "./registration-store.ts";

const MAX_LINE = 200;
const typedName = z.string().min(1).max(MAX_LINE);
const typedUsername = z.string().min(1).max(64).optional();
const typedToken = z.string().min(16).max(128);

interface Typed {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly username?: string | undefined;
}

export const capsOf = ({ storefront }: Pick<Ground, "storefront">): Caps => {
  const { registrationsPerPeer, registrationsPerDay } = storefront();
  return { fromOnePeer: registrationsPerPeer, altogether: registrationsPerDay };
};

/** @throws ConsoleError that names each field that cannot be taken */
const checkPerson = async (
  ground: Ground,
  typed: Typed,
  { isStaff, isVerified, now }: { readonly isStaff: boolean; readonly isVerified: boolean; readonly now: number },
): Promise<NewPerson> => {
  const [name, email] = [cleanPersonName(typed.name), cleanEmail(typed.email)];
  const username = typed.username?.trim().toLowerCase();
  const known = [typed.email, typed.name, username ?? "", ground.house().name];
  const problem = passwordProblem(typed.password, { isStaff, known });
  const fields = {
    ...(name === null ? { name: "must be one line of 1 to 100 characters" } : {}),
    ...(email === null ? { email: "is not an address" } : {}),
    ...(username !== undefined && !isUsername(username)
      ? { username: `must have ${MIN_USERNAME} to ${MAX_USERNAME} of a-z, 0-9 and inner dashes, and be nobody's title` }
      : {}),
    ...(problem === null ? {} : { password: PASSWORD_PROBLEMS[problem] }),
  };
  if (name === null || email === null || Object.keys(fields).length > 0) throw problems.invalid(fields);
  const password = await hashed(ground, typed.password);
  return { name, email, isVerified, username: username ?? null, password, now };
};

const hashed = async ({ hasher }: Ground, password: string): Promise<string> => {
  try {
    return await hasher.hash(password);
  } catch (error) {
    throw busyError(error);
  }
};

/** What a link stands for. @throws ConsoleError gone */
const openInvitation = async ({ database }: Ground, token: string, now: number): Promise<Invitation> => {
  const invitation = await findInvitation(database.kysely, token);
  if (invitation === null || stateOf(invitation, now) !== "open")
    throw problems.gone("This invitation was used, taken back, or is older than seven days. Ask for another one.");
  return invitation;
};

const usernameTaken = () => problems.invalid({ username: "is somebody's already; choose another one" });

/** Signs the one in who was just made: they have typed the password a moment ago. */
const enterNew = async (ground: Ground, visit: Visit, { email, password }: Typed): Promise<Reply> => {
  const nobody = { ...visit, signedIn: null };
  const body = { email: email.trim().toLowerCase(), password };
  const answer = await ask(ground, nobody, { method: "POST", path: "/sign-in/email", body });
  return await begin(ground, visit, { answer, way: "password" });
};

const askToVerify = async (ground: Ground, visit: Visit, email: string): Promise<void> => {
  const nobody = { ...visit, signedIn: null };
  await ask(ground, nobody, { method: "POST", path: "/send-verification-email", body: { email } });
};

/** Promotional money for a new account, once its address is proved or nothing can prove it. */
export const startCredit = async (
  ground: Ground,
  person: { readonly id: string; readonly email: string },
  peer: string | null,
): Promise<void> => {
  await giveStartCredit(ground.database, {
    personId: person.id,
    mailbox: ground.digest("mailbox", mailboxOf(person.email)),
    peer: peer === null ? null : ground.digest("peer", peer),
    amount: ground.storefront().startCredit,
    caps: capsOf(ground),
    now: ground.now(),
  });
};

const invitationOf = async (ground: Ground, token: string | undefined, now: number): Promise<Invitation | null> => {
  if (token !== undefined) return await openInvitation(ground, token, now);
  if (ground.storefront().registration === "open") return null;
  throw problems.conflict("Nobody can register here by themselves. Ask the operator for an invitation.");
};

const signUp = async (
  ground: Ground,
  visit: Visit,
  typed: Typed & { readonly invitation?: string | undefined },
): Promise<Reply> => {
  await takeTries(ground, [{ pace: "sign-up:peer", about: visit.peer }]);
  const { now } = visit;
  const invitation = await invitationOf(ground, typed.invitation, now);
  const isStaff = invitation !== null && isInstallationRole(invitation.role);
  // Who holds the link of a mail reads that mailbox.
  const isVerified = invitation !== null && invitation.email === cleanEmail(typed.email);
  if (invitation !== null && !isVerified)
    throw problems.invalid({ email: "must be the address that the invitation was sent to" });
  const person = await checkPerson(ground, typed, { isStaff, isVerified, now });
  const peer = ground.digest("peer", visit.peer);
  const result = await register(ground.database, { person, invitation, peer, caps: capsOf(ground) });
  switch (result.kind) {
    case "username-taken":
      throw usernameTaken();
    case "invitation-gone":
      throw problems.gone("This invitation was used a moment ago. Ask for another one.");
    case "too-many":
      throw problems.limited("Too many people registered today. Try again tomorrow, or ask the operator.", 3_600);
    case "email-taken":
      return await alreadyKnown(ground, person.email);
    case "done":
      return await registered(ground, visit, { typed, id: result.personId, isVerified });
  }
};

/** The same answer as for somebody new, where mail can tell the one whom it concerns. */
const alreadyKnown = async (ground: Ground, email: string): Promise<Reply> => {
  if (!ground.mail.isOn)
    throw problems.invalid({ email: "has an account already; sign in, or choose a new password there" });
  await takeTries(ground, [{ pace: "mail:address", about: email }]);
  await tell(ground, letter(ground.house(), email, ["known"]));
  return { body: { next: "verify" } };
};

const registered = async (
  ground: Ground,
  visit: Visit,
  { typed, id, isVerified }: { readonly typed: Typed; readonly id: string; readonly isVerified: boolean },
): Promise<Reply> => {
  const email = typed.email.trim().toLowerCase();
  if (ground.mail.isOn && !isVerified) {
    await takeTries(ground, [{ pace: "mail:address", about: email }]);
    await askToVerify(ground, visit, email);
    return { body: { next: "verify" } };
  }
  // Without mail nothing proves an address; in production money is then not given to whoever types one.
  if (isVerified || !ground.isProduction) await startCredit(ground, { id, email }, visit.peer);
  return await enterNew(ground, visit, typed);
};

const claimIt = async (ground: Ground, visit: Visit, typed: Typed & { readonly code: string }): Promise<Reply> => {
  const counted = [{ pace: "claim:peer", about: visit.peer }] as const;
  await takeTries(ground, counted);
  const { now } = visit;
  const person = await checkPerson(ground, typed, { isStaff: true, isVerified: true, now });
  const result = await claim(ground.database, typed.code, person);
  switch (result.kind) {
    case "wrong-code":
      throw problems.wrongProof(
        "This code is not right, was used, or is older than an hour. Make a new one: npm run -s farthing -- admin-code",
      );
    case "email-taken":
      throw problems.invalid({ email: "has an account already; use another address" });
    case "username-taken":
      throw usernameTaken();
    case "done":
      await giveBack(ground, counted);
      return await enterNew(ground, visit, typed);
  }
};

const lookAt = async (ground: Ground, visit: Visit, { token }: { readonly token: string }): Promise<Reply> => {
  const counted = [{ pace: "sign-in:peer", about: visit.peer }] as const;
  await takeTries(ground, counted);
  const invitation = await openInvitation(ground, token, visit.now);
  await giveBack(ground, counted);
  const { email, role, accountName, invitedBy, expiresAt } = invitation;
  const isKnown = (await findPersonByEmail(ground.database.kysely, email)) !== null;
  return { body: { email, role, account: accountName, invitedBy, expiresAt, isKnown } };
};

const verify = async (ground: Ground, visit: Visit, { token }: { readonly token: string }): Promise<Reply> => {
  const counted = [{ pace: "sign-in:peer", about: visit.peer }] as const;
  await takeTries(ground, counted);
  await ask(ground, { ...visit, signedIn: null }, { method: "GET", path: "/verify-email", query: { token } });
  await giveBack(ground, counted);
  return { body: { next: "sign-in" } };
};

const sendAgain = async (ground: Ground, visit: Visit, typed: { readonly email: string }): Promise<Reply> => {
  const email = cleanEmail(typed.email);
  await takeTries(ground, [
    { pace: "mail:peer", about: visit.peer },
    { pace: "mail:address", about: email ?? "" },
  ]);
  if (email !== null) await askToVerify(ground, visit, email);
  return { body: { next: "verify" } };
};

const typedPerson = { name: typedName, email: typedEmail, password: typedPassword, username: typedUsername };

export const joinEndpoints: readonly Endpoint[] = [
  endpoint({
    path: "/sign-up",
    body: z.strictObject({ ...typedPerson, invitation: typedToken.optional() }),
    run: signUp,
  }),
  endpoint({ path: "/claim", body: z.strictObject({ ...typedPerson, code: z.string().min(4).max(64) }), run: claimIt }),
  endpoint({ path: "/invitation", body: z.strictObject({ token: typedToken }), run: lookAt }),
  endpoint({ path: "/verify", body: z.strictObject({ token: z.string().min(16).max(2_048) }), run: verify }),
  endpoint({ path: "/verify/send", body: z.strictObject({ email: typedEmail }), run: sendAgain }),
];

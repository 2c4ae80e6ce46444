/** Ways in: password, the second step, passkeys; and out. Other services are in by-service.ts. */
import { z } from "zod";

import { ConsoleError, problems } from "../errors.ts";
import { begin } from "./begin.ts";
import { clearSessionCookie, readStepToken } from "./cookies.ts";
import { endpoint, type Endpoint } from "./endpoint.ts";
import { isKnownDevice } from "./factor-store.ts";
import type { Ground, Reply, Visit } from "./ground.ts";
import { giveBack, takeTries } from "./guessing.ts";
import { ask, askAnyway, errorOf } from "./library.ts";
import type { Counted } from "./pace-store.ts";
import { MAX_EMAIL, type Person } from "./person.ts";
import { findPassword, findPersonByEmail, rehash } from "./person-store.ts";
import { findProof, useCode } from "./proof-store.ts";
import { hashRecoveryCode } from "./recovery.ts";
import { endSession } from "./session-store.ts";
import { hashToken } from "./sign-in-store.ts";

const MAX_TYPED = 1_024;
export const typedEmail = z.string().min(3).max(MAX_EMAIL);
export const typedPassword = z.string().min(1).max(MAX_TYPED);
export const typedCode = z.string().regex(/^\d{6}$/, "must be the six digits of your app");
export const typedRecovery = z.string().min(8).max(64);

/** What a passkey answers: an object that the library reads (WebAuthn's own JSON form). */
export const passkeyAnswer = z.record(z.string(), z.unknown());

const peerTries = ({ peer }: Visit): Counted => ({ pace: "sign-in:peer", about: peer });

/** Whom a password's tries are counted for: the browser, where the person has used it before, so that nobody else can slow it down. */
const personTries = async (
  { database }: Ground,
  visit: Visit,
  email: string,
  person: Person | null,
): Promise<Counted> => {
  const { device } = visit;
  const isKnown = person !== null && device !== null && (await isKnownDevice(database.kysely, person.id, device));
  return isKnown
    ? { pace: "sign-in:device", about: `${person.id} ${hashToken(device)}` }
    : { pace: "sign-in:person", about: email };
};

/**
 * Counts a try, of the peer and of the person. Who has a second step is let through to it while guesses of others slow the person down,
 * if the password is right: a guess alone opens nothing (F119).
 * @returns the refusal that a wrong password is then answered with; null when nothing is slowed down
 */
const countPassword = async (
  ground: Ground,
  person: Person | null,
  counted: readonly Counted[],
): Promise<ConsoleError | null> => {
  try {
    await takeTries(ground, counted);
    return null;
  } catch (error) {
    const [first] = counted;
    const isOnlyPerson = error instanceof ConsoleError && first !== undefined && person?.hasCodes === true;
    if (!isOnlyPerson) throw error;
    // The peer itself may be what is slowed down: that holds.
    await takeTries(ground, [first]);
    return error;
  }
};

/** Hashes with today's parameters what was hashed with others: now is when the password is known. */
const refresh = async ({ database, hasher }: Ground, person: Person, password: string): Promise<void> => {
  const login = await findPassword(database.kysely, person.id);
  if (login !== null && hasher.isOld(login.hash)) await rehash(database, login, await hasher.hash(password));
};

/** The session is not the library's business while somebody comes in. */
const asNobody = (visit: Visit): Visit => ({ ...visit, signedIn: null });

const byPassword = async (
  ground: Ground,
  visit: Visit,
  typed: { readonly email: string; readonly password: string },
): Promise<Reply> => {
  const email = typed.email.trim().toLowerCase();
  const person = await findPersonByEmail(ground.database.kysely, email);
  const peer = peerTries(visit);
  const own = await personTries(ground, visit, email, person);
  const counted = own.pace === "sign-in:device" ? [own] : [peer, own];
  const slowed = await countPassword(ground, person, counted);
  const question = { method: "POST", path: "/sign-in/email", body: { email, password: typed.password } } as const;
  const answer = await askAnyway(ground, asNobody(visit), question);
  const error = errorOf(answer);
  if (error !== null) {
    // The password was right, only the address is not confirmed: that was no guess.
    if (error.code === "conflict") await giveBack(ground, counted);
    throw error.code === "wrong_proof" ? (slowed ?? error) : error;
  }
  await giveBack(ground, counted);
  if (person !== null) await refresh(ground, person, typed.password);
  if (answer.body["twoFactorRedirect"] === true) return { body: { next: "second-step" }, cookies: answer.cookies };
  return await begin(ground, visit, { answer, way: "password" });
};

/** Who a second step is about. @throws ConsoleError when its time is over */
const steppingPerson = async ({ database, isSecure, now }: Ground, { cookie }: Visit): Promise<string> => {
  const step = readStepToken(cookie, isSecure);
  const personId = step === null ? null : await findProof(database, step, now());
  if (personId === null) throw problems.wrongProof("This sign-in took too long. Begin again with your password.");
  return personId;
};

const byCode = async (ground: Ground, visit: Visit, { code }: { readonly code: string }): Promise<Reply> => {
  const personId = await steppingPerson(ground, visit);
  const counted = [peerTries(visit)];
  await takeTries(ground, counted);
  if (!(await useCode(ground.database, { personId, code, now: visit.now })))
    throw problems.wrongProof("This code was used already. Wait for the next one.");
  const answer = await ask(ground, asNobody(visit), {
    method: "POST",
    path: "/two-factor/verify-totp",
    body: { code },
  });
  await giveBack(ground, counted);
  return await begin(ground, visit, { answer, way: "code" });
};

const byRecovery = async (ground: Ground, visit: Visit, { code }: { readonly code: string }): Promise<Reply> => {
  await steppingPerson(ground, visit);
  const counted = [peerTries(visit)];
  await takeTries(ground, counted);
  const body = { code: hashRecoveryCode(code) };
  const answer = await ask(ground, asNobody(visit), { method: "POST", path: "/two-factor/verify-backup-code", body });
  await giveBack(ground, counted);
  return await begin(ground, visit, { answer, way: "recovery" });
};

/** A challenge for a passkey: of whoever is signed in, or of anybody. */
export const passkeyChallenge = async (ground: Ground, visit: Visit): Promise<Reply> => {
  const { body, cookies } = await ask(ground, visit, { method: "GET", path: "/passkey/generate-authenticate-options" });
  return { body: { options: { ...body, userVerification: "required" } }, cookies };
};

const byPasskey = async (
  ground: Ground,
  visit: Visit,
  { response }: { readonly response: Readonly<Record<string, unknown>> },
): Promise<Reply> => {
  const counted = [peerTries(visit)];
  await takeTries(ground, counted);
  const question = { method: "POST", path: "/passkey/verify-authentication", body: { response } } as const;
  const answer = await ask(ground, asNobody(visit), question);
  await giveBack(ground, counted);
  return await begin(ground, visit, { answer, way: "passkey" });
};

const signOut = async ({ database, isSecure }: Ground, { signedIn }: Visit): Promise<Reply> => {
  if (signedIn !== null) await endSession(database, signedIn.person.id, signedIn.session.id);
  return { body: { next: "sign-in" }, cookies: [clearSessionCookie(isSecure)] };
};

export const enterEndpoints: readonly Endpoint[] = [
  endpoint({ path: "/sign-in", body: z.strictObject({ email: typedEmail, password: typedPassword }), run: byPassword }),
  endpoint({ path: "/sign-in/code", body: z.strictObject({ code: typedCode }), run: byCode }),
  endpoint({ path: "/sign-in/recovery", body: z.strictObject({ code: typedRecovery }), run: byRecovery }),
  endpoint({ path: "/passkey/challenge", body: z.strictObject({}), run: passkeyChallenge }),
  endpoint({ path: "/sign-in/passkey", body: z.strictObject({ response: passkeyAnswer }), run: byPasskey }),
  endpoint({ path: "/sign-out", body: z.strictObject({}), run: signOut }),
];

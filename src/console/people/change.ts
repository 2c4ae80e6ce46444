/** Changing how one proves who one is: passwords, codes of an app, passkeys. Every other session ends with it. */
import { z } from "zod";

import { problems } from "../errors.ts";
import { sessionTokenOf, writeSessionCookie } from "./cookies.ts";
import { endpoint, requireFresh, requireSignedIn, type Endpoint } from "./endpoint.ts";
import { typedCode, typedEmail, typedPassword, passkeyAnswer } from "./enter.ts";
import { tell, type Ground, type Reply, type Visit } from "./ground.ts";
import { giveBack, takeTries } from "./guessing.ts";
import { letter } from "./letters.ts";
import { ask, type LibraryAnswer } from "./library.ts";
import { passwordProblem, PASSWORD_PROBLEMS } from "./password.ts";
import { cleanEmail, type Person } from "./person.ts";
import { findPerson, noteAbout } from "./person-store.ts";
import { dropCodes, replaceRecoveryCodes } from "./factor-store.ts";
import { findProof, useCode } from "./proof-store.ts";
import { hashRecoveryList, newRecoveryCodes } from "./recovery.ts";
import { endSessions, findSignedIn, renewSession, type SignedIn } from "./session-store.ts";

const proving = ({ person }: SignedIn) => [{ pace: "prove:person", about: person.id }] as const;

/** @throws ConsoleError that names the field */
const checkPassword = ({ house }: Ground, person: Person, password: string): void => {
  const known = [person.email, person.name, person.username, house().name];
  const problem = passwordProblem(password, { isStaff: person.role !== null, known });
  if (problem !== null) throw problems.invalid({ newPassword: PASSWORD_PROBLEMS[problem] });
};

/** Ends every session but the one that the library has just begun, or the one that asked. */
const endOthers = async (ground: Ground, { session, person }: SignedIn, answer: LibraryAnswer): Promise<void> => {
  const token = sessionTokenOf(answer.cookies, ground.isSecure);
  const begun = token === null ? null : await findSignedIn(ground.database, token, ground.now());
  const but = begun?.session.id ?? session.id;
  await endSessions(ground.database, { personId: person.id, but, actor: `user:${person.id}` });
};

/** Ends every other session and gives this one a new token. @returns its cookie */
const renewed = async (
  { database, secret, isSecure, now }: Ground,
  { session, person }: SignedIn,
): Promise<string[]> => {
  await endSessions(database, { personId: person.id, but: session.id, actor: `user:${person.id}` });
  const token = await renewSession(database, session.id, now());
  return token === null ? [] : [writeSessionCookie(token, secret, isSecure)];
};

const note = (ground: Ground, person: Person, action: string): Promise<void> =>
  noteAbout(ground.database, { actor: `user:${person.id}`, action, object: person.id, detail: {} });

const changePassword = async (
  ground: Ground,
  visit: Visit,
  typed: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Reply> => {
  const signedIn = requireSignedIn(visit);
  const { person } = signedIn;
  checkPassword(ground, person, typed.newPassword);
  await takeTries(ground, proving(signedIn));
  const body = { ...typed, revokeOtherSessions: true };
  const answer = await ask(ground, visit, { method: "POST", path: "/change-password", body });
  await giveBack(ground, proving(signedIn));
  await endOthers(ground, signedIn, answer);
  await note(ground, person, "person.password");
  await tell(ground, letter(ground.house(), person.email, ["password-changed"]));
  return { body: { next: "done" }, cookies: answer.cookies };
};

const forgot = async (ground: Ground, visit: Visit, typed: { readonly email: string }): Promise<Reply> => {
  const email = cleanEmail(typed.email);
  await takeTries(ground, [
    { pace: "mail:peer", about: visit.peer },
    { pace: "mail:address", about: email ?? "" },
  ]);
  if (email !== null)
    await ask(
      ground,
      { ...visit, signedIn: null },
      { method: "POST", path: "/request-password-reset", body: { email } },
    );
  return { body: { next: "mail" } };
};

const reset = async (
  ground: Ground,
  visit: Visit,
  { token, newPassword }: { readonly token: string; readonly newPassword: string },
): Promise<Reply> => {
  const counted = [{ pace: "sign-in:peer", about: visit.peer }] as const;
  await takeTries(ground, counted);
  const personId = await findProof(ground.database, `reset-password:${token}`, visit.now);
  const person = personId === null ? null : await findPerson(ground.database.kysely, personId);
  if (person === null) throw problems.wrongProof("This link is not valid any more. Ask for a new one.");
  checkPassword(ground, person, newPassword);
  await ask(
    ground,
    { ...visit, signedIn: null },
    { method: "POST", path: "/reset-password", body: { token, newPassword } },
  );
  await giveBack(ground, [...counted, { pace: "sign-in:person", about: person.email }]);
  await note(ground, person, "person.password_reset");
  await tell(ground, letter(ground.house(), person.email, ["password-changed"]));
  return { body: { next: "sign-in" } };
};

/** The library wants the password of whoever has one; a fresh proof stands for it with whoever has none. */
const setUpCodes = async (
  ground: Ground,
  visit: Visit,
  { password }: { readonly password?: string | undefined },
): Promise<Reply> => {
  const signedIn = password === undefined ? requireFresh(visit) : requireSignedIn(visit);
  await takeTries(ground, proving(signedIn));
  const body = { method: "totp", ...(password === undefined ? {} : { password }) };
  const answer = await ask(ground, visit, { method: "POST", path: "/two-factor/enable", body });
  await giveBack(ground, proving(signedIn));
  return { body: { uri: answer.body["totpURI"], recoveryCodes: answer.body["backupCodes"] }, cookies: answer.cookies };
};

const confirmCodes = async (ground: Ground, visit: Visit, { code }: { readonly code: string }): Promise<Reply> => {
  const signedIn = requireSignedIn(visit);
  const { person } = signedIn;
  await takeTries(ground, proving(signedIn));
  if (!(await useCode(ground.database, { personId: person.id, code, now: visit.now })))
    throw problems.wrongProof("This code was used already. Wait for the next one.");
  const answer = await ask(ground, visit, { method: "POST", path: "/two-factor/verify-totp", body: { code } });
  await giveBack(ground, proving(signedIn));
  await endOthers(ground, signedIn, answer);
  await note(ground, person, "person.codes_on");
  await tell(
    ground,
    letter(ground.house(), person.email, ["factors-changed", "Codes of an authenticator app were set up."]),
  );
  return { body: { next: "done" }, cookies: answer.cookies };
};

const removeCodes = async (ground: Ground, visit: Visit): Promise<Reply> => {
  const signedIn = requireFresh(visit);
  const { person } = signedIn;
  await dropCodes(ground.database, person.id);
  const cookies = await renewed(ground, signedIn);
  await tell(
    ground,
    letter(ground.house(), person.email, ["factors-changed", "Codes of an authenticator app were removed."]),
  );
  return { body: { next: "done" }, cookies };
};

const newRecovery = async (ground: Ground, visit: Visit): Promise<Reply> => {
  const { person } = requireFresh(visit);
  const recoveryCodes = newRecoveryCodes();
  if (!(await replaceRecoveryCodes(ground.database, person.id, hashRecoveryList(JSON.stringify(recoveryCodes)))))
    throw problems.conflict("Codes of an app are not set up. Set them up first.");
  await tell(ground, letter(ground.house(), person.email, ["factors-changed", "New recovery codes were made."]));
  return { body: { recoveryCodes } };
};

const passkeyOptions = async (ground: Ground, visit: Visit): Promise<Reply> => {
  requireFresh(visit);
  const { body, cookies } = await ask(ground, visit, { method: "GET", path: "/passkey/generate-register-options" });
  return { body: { options: body }, cookies };
};

const addPasskey = async (
  ground: Ground,
  visit: Visit,
  { response, name }: { readonly response: Readonly<Record<string, unknown>>; readonly name: string },
): Promise<Reply> => {
  const signedIn = requireFresh(visit);
  const { person } = signedIn;
  const answer = await ask(ground, visit, {
    method: "POST",
    path: "/passkey/verify-registration",
    body: { response, name },
  });
  const cookies = await renewed(ground, signedIn);
  await note(ground, person, "person.passkey_add");
  await tell(ground, letter(ground.house(), person.email, ["factors-changed", `The passkey "${name}" was added.`]));
  return { body: { next: "done" }, cookies: [...answer.cookies, ...cookies] };
};

const MAX_PASSKEY_NAME = 60;
const passkeyName = z.string().trim().min(1).max(MAX_PASSKEY_NAME);

export const changeEndpoints: readonly Endpoint[] = [
  endpoint({
    path: "/password",
    body: z.strictObject({ currentPassword: typedPassword, newPassword: typedPassword }),
    run: changePassword,
  }),
  endpoint({ path: "/forgot", body: z.strictObject({ email: typedEmail }), run: forgot }),
  endpoint({
    path: "/reset",
    body: z.strictObject({ token: z.string().min(8).max(128), newPassword: typedPassword }),
    run: reset,
  }),
  endpoint({ path: "/codes", body: z.strictObject({ password: typedPassword.optional() }), run: setUpCodes }),
  endpoint({ path: "/codes/confirm", body: z.strictObject({ code: typedCode }), run: confirmCodes }),
  endpoint({ path: "/codes/remove", body: z.strictObject({}), run: removeCodes }),
  endpoint({ path: "/codes/recovery", body: z.strictObject({}), run: newRecovery }),
  endpoint({ path: "/passkey/options", body: z.strictObject({}), run: passkeyOptions }),
  endpoint({
    path: "/passkey/add",
    body: z.strictObject({ response: passkeyAnswer, name: passkeyName }),
    run: addPasskey,
  }),
];

/** What happens when somebody has come in, whichever way they came: the browser is remembered, the log written, what is owed made good. */
import { problems } from "../errors.ts";
import { newToken, sessionTokenOf, writeDeviceCookie } from "./cookies.ts";
import { countPasskeys, rememberDevice } from "./factor-store.ts";
import { tell, type Ground, type Reply, type Visit } from "./ground.ts";
import { findInvited } from "./invitation-store.ts";
import { letter } from "./letters.ts";
import type { LibraryAnswer } from "./library.ts";
import { listMemberships } from "./membership-store.ts";
import { noteAbout } from "./person-store.ts";
import type { Person } from "./person.ts";
import { postStartCredit, welcome } from "./registration-store.ts";
import { endSession, findSignedIn, type SignedIn } from "./session-store.ts";

/** How somebody proved who they are. */
export type Way = "password" | "code" | "recovery" | "passkey" | "service";

/** Longest part of a browser's own name that a letter repeats. */
const MAX_AGENT = 120;

const deviceName = ({ userAgent, peer }: Visit): string =>
  `${(userAgent ?? "unknown").slice(0, MAX_AGENT)}, from ${peer}`;

/** Remembers the browser; the person is told of one that is new. @returns the cookie that it is known by from now on */
const remember = async (ground: Ground, visit: Visit, person: Person): Promise<string> => {
  const token = visit.device ?? newToken();
  const { isNew, isFirst } = await rememberDevice(ground.database, { personId: person.id, token, now: visit.now });
  if (isNew && !isFirst) await tell(ground, letter(ground.house(), person.email, ["new-device", deviceName(visit)]));
  return writeDeviceCookie(token, ground.isSecure);
};

/**
 * Refuses a way that is not enough for the person: who runs the installation and has passkeys but no codes must use one, since a
 * password alone would be one factor; who has codes is not let past them by another service's word.
 */
const refusal = async ({ database }: Ground, person: Person, way: Way): Promise<Error | null> => {
  if (way === "service" && person.hasCodes)
    return problems.conflict("You use codes of an app. Sign in with your password and a code, or with a passkey.");
  if (person.role === null || person.hasCodes || (way !== "password" && way !== "service")) return null;
  return (await countPasskeys(database.kysely, person.id)) > 0
    ? problems.conflict("Sign in with your passkey: your role needs more than a password.")
    : null;
};

/** Makes good what a crash may have left undone: the account of who came by another service, the start credit that was promised. */
const makeGood = async ({ database, now }: Ground, person: Person): Promise<void> => {
  if (person.role === null && (await listMemberships(database.kysely, person.id)).length === 0)
    // Only a proved address is who was invited.
    await welcome(database, person, person.isVerified ? await findInvited(database.kysely, person.email, now()) : null);
  await postStartCredit(database, person.id);
};

/**
 * The session that the library's answer begins, checked and written down.
 * @throws ConsoleError when the way is not enough for the person; the session has ended then
 */
export const begin = async (
  ground: Ground,
  visit: Visit,
  { answer, way }: { readonly answer: LibraryAnswer; readonly way: Way },
): Promise<Reply & { readonly signedIn: SignedIn }> => {
  const { database, isSecure } = ground;
  const token = sessionTokenOf(answer.cookies, isSecure);
  const signedIn = token === null ? null : await findSignedIn(database, token, ground.now());
  if (signedIn === null) throw problems.internal(new Error("the sign-in library began no session"));
  const { person, session } = signedIn;
  const refused = await refusal(ground, person, way);
  if (refused !== null) {
    await endSession(database, person.id, session.id);
    throw refused;
  }
  // A browser holds one session: the one that it came with, of whomever, is over.
  if (visit.signedIn !== null) await endSession(database, visit.signedIn.person.id, visit.signedIn.session.id);
  const device = await remember(ground, visit, person);
  await noteAbout(database, {
    actor: `user:${person.id}`,
    action: "person.sign_in",
    object: person.id,
    detail: { way, peer: visit.peer },
  });
  await makeGood(ground, person);
  return { signedIn, body: { next: "done" }, cookies: [...answer.cookies, device] };
};

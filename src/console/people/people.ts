/** The people of an installation, put together: what the rest of the console asks of them (viewer.ts), on one database. */
import { type FreshProof, type People, type Viewer } from "../viewer.ts";
import { problems } from "../errors.ts";
import type { Installation } from "../../settings/installation.ts";
import type { ConsoleServices, Mail } from "../services.ts";
import { begin } from "./begin.ts";
import { readSessionToken, writeSessionCookie } from "./cookies.ts";
import { serveEntrance } from "./entrance.ts";
import { typedCode } from "./enter.ts";
import { countPasskeys } from "./factor-store.ts";
import { tell, visitOf, type Ground, type Visit } from "./ground.ts";
import { giveBack, takeTries } from "./guessing.ts";
import { findInvited } from "./invitation-store.ts";
import { startCredit } from "./join.ts";
import { letter, type House } from "./letters.ts";
import { ask, busyError } from "./library.ts";
import { listMemberships, listViews } from "./membership-store.ts";
import { oauthWays, readOauth, type OauthProviders } from "./oauth.ts";
import { sweepTries } from "./pace-store.ts";
import { createHasher, HashingBusy, type HashCost } from "./password-hash.ts";
import { cleanEmail, cleanPersonName, MAX_PERSON_NAME } from "./person.ts";
import { countLogins, findPassword, findPerson, hasOperator, noteAbout } from "./person-store.ts";
import { useCode } from "./proof-store.ts";
import { hashRecoveryCode } from "./recovery.ts";
import { freeUsernameOf, welcome } from "./registration-store.ts";
import { findSignedIn, renewSession, sweepSessions, type SignedIn } from "./session-store.ts";
import { createSignIn, type SignInHooks } from "./sign-in.ts";
import { hashToken, signInStore } from "./sign-in-store.ts";

type PeopleServices = Pick<ConsoleServices, "config" | "database" | "log"> & {
  readonly installation: () => Installation;
  readonly now: () => number;
  readonly box: ConsoleServices["engine"]["box"];
  readonly mail: Mail;
};

export interface PeopleOptions extends PeopleServices {
  /** Cheaper hashes, for tests. */
  readonly hashCost?: HashCost | undefined;
}

/** How often what has ended is removed, in milliseconds. */
const SWEEP_MS = 10 * 60_000;

/** What the library asks of us, on the ground that it is part of. */
const hooksOf = (ground: () => Ground, oauth: OauthProviders): SignInHooks => ({
  sendVerification: (person, token) => {
    const { house, mail, log } = ground();
    return tell({ mail, log }, letter(house(), person.email, ["verify", token]));
  },
  sendReset: (person, token) => {
    const { house, mail, log } = ground();
    return tell({ mail, log }, letter(house(), person.email, ["reset", token]));
  },
  verified: (person) => startCredit(ground(), person, null),
  passwordReset: () => Promise.resolve(),
  mayBegin: async (personId) => {
    const person = await findPerson(ground().database.kysely, personId);
    return person !== null && !person.isDisabled;
  },
  admit: async ({ email: typed, name, emailVerified }) => {
    const { database, storefront, now } = ground();
    const email = cleanEmail(typed);
    // Who has not proved an address must not hold it for when its owner comes.
    if (email === null || !emailVerified) return { refusal: "ADDRESS_UNCONFIRMED" };
    const isInvited = (await findInvited(database.kysely, email, now())) !== null;
    if (storefront().registration !== "open" && !isInvited) return { refusal: "REGISTRATION_CLOSED" };
    const username = await freeUsernameOf(database, email);
    return { username, name: cleanPersonName(name.slice(0, MAX_PERSON_NAME)) ?? username };
  },
  linked: async (personId, service) => {
    const { database, house, mail, log } = ground();
    await noteAbout(database, {
      actor: `user:${personId}`,
      action: "person.link",
      object: personId,
      detail: { service },
    });
    const person = await findPerson(database.kysely, personId);
    // Who has just come by it knows.
    if (person === null || (await countLogins(database.kysely, personId)) < 2) return;
    await tell(
      { mail, log },
      letter(house(), person.email, ["linked", oauthWays(oauth).find(({ id }) => id === service)?.name ?? service]),
    );
  },
  arrived: async (person) => {
    const { database, now } = ground();
    const invitation = person.emailVerified ? await findInvited(database.kysely, person.email, now()) : null;
    await welcome(database, person, invitation);
    if (person.emailVerified) await startCredit(ground(), person, null);
  },
  failed: (error) => {
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    if (status >= 500 && !(error instanceof HashingBusy))
      ground().log.fault(error, { requestId: "", route: "/console/auth" });
  },
});

const groundOf = ({ config, database, installation, log, now, box, mail, hashCost }: PeopleOptions): Ground => {
  const { publicUrl, production } = config;
  // A key of its own for the library: what it signs nobody else signs.
  const secret = box.fingerprint(["people", "sign-in"], "v1");
  const hasher = createHasher(hashCost);
  const oauth = readOauth(config.env);
  const house = (): House => ({ name: installation().storefront.name, publicUrl });
  const signIn = createSignIn({
    store: signInStore(database),
    secret,
    publicUrl,
    isProduction: production,
    serviceName: house().name,
    isMailOn: mail.isOn,
    hasher,
    oauth,
    hashToken,
    hooks: hooksOf(() => ground, oauth),
  });
  const ground: Ground = {
    database,
    signIn,
    secret,
    hasher,
    mail,
    log,
    isProduction: production,
    isSecure: publicUrl.startsWith("https:"),
    house,
    storefront: () => installation().storefront,
    digest: (what, text) => box.fingerprint(["people", what], text),
    now,
  };
  return ground;
};

/** A signed-in person as the console sees them. */
const viewerOf = async ({ database, isProduction, now }: Ground, { person, session }: SignedIn): Promise<Viewer> => {
  const { role } = person;
  const needsSecondFactor =
    isProduction && role !== null && !person.hasCodes && (await countPasskeys(database.kysely, person.id)) === 0;
  const isLetIn = !needsSecondFactor;
  return {
    userId: person.id,
    publicId: person.id,
    email: person.email,
    name: person.name,
    installationRole: isLetIn ? role : null,
    memberships: isLetIn ? await listMemberships(database.kysely, person.id) : [],
    views: isLetIn && role !== null ? await listViews(database.kysely, person.id, now()) : [],
    sessionId: session.id,
    signedInAt: session.createdAt,
    steppedUpAt: session.provedAt,
    needsSecondFactor,
  };
};

const isCode = (text: string): boolean => typedCode.safeParse(text).success;

const NOT_ENOUGH = "Confirm with a code of your app, a recovery code, or a passkey: a password alone is not enough.";

const provePassword = async ({ database, hasher }: Ground, { person }: SignedIn, password: string): Promise<void> => {
  if (person.hasCodes) throw problems.wrongProof(NOT_ENOUGH);
  if (person.role !== null && (await countPasskeys(database.kysely, person.id)) > 0)
    throw problems.wrongProof(NOT_ENOUGH);
  const login = await findPassword(database.kysely, person.id);
  if (login === null) throw problems.conflict("You have no password. Sign out and in again to confirm that it is you.");
  try {
    if (await hasher.verify(login.hash, password)) return;
  } catch (error) {
    throw busyError(error);
  }
  throw problems.wrongProof("The password is not right. Try again.");
};

const proveCode = async (ground: Ground, visit: Visit, { person }: SignedIn, code: string): Promise<void> => {
  if (!isCode(code)) {
    const body = { code: hashRecoveryCode(code) };
    await ask(ground, visit, { method: "POST", path: "/two-factor/verify-backup-code", body });
    return;
  }
  if (!(await useCode(ground.database, { personId: person.id, code, now: visit.now })))
    throw problems.wrongProof("This code was used already. Wait for the next one.");
  await ask(ground, visit, { method: "POST", path: "/two-factor/verify-totp", body: { code } });
};

/** A passkey signs in anew: the session that it begins takes the place of the one that asked. @returns its cookies */
const provePasskey = async (
  ground: Ground,
  visit: Visit,
  signedIn: SignedIn,
  response: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> => {
  const question = { method: "POST", path: "/passkey/verify-authentication", body: { response } } as const;
  const answer = await ask(ground, visit, question);
  const begun = await begin(ground, visit, { answer, way: "passkey" });
  if (begun.signedIn.person.id !== signedIn.person.id) throw problems.wrongProof("This passkey is somebody else's.");
  return begun.cookies ?? [];
};

const prove = async (
  ground: Ground,
  viewer: Viewer,
  request: Request,
  proof: FreshProof,
): Promise<readonly string[]> => {
  const visit = await visitOf(ground, request);
  const { signedIn } = visit;
  if (signedIn === null || signedIn.session.id !== viewer.sessionId) throw problems.signIn();
  const counted = [{ pace: "prove:person", about: viewer.userId }] as const;
  await takeTries(ground, counted);
  if (proof.passkey !== undefined) {
    const cookies = await provePasskey(ground, visit, signedIn, proof.passkey);
    await giveBack(ground, counted);
    return cookies;
  }
  if (proof.code !== undefined) await proveCode(ground, visit, signedIn, proof.code);
  else await provePassword(ground, signedIn, proof.password ?? "");
  await giveBack(ground, counted);
  const token = await renewSession(ground.database, signedIn.session.id, ground.now());
  if (token === null) throw problems.signIn();
  return [writeSessionCookie(token, ground.secret, ground.isSecure)];
};

export interface RunningPeople extends People {
  stop(): void;
}

/** @throws what the sign-in library throws for options that it does not understand */
export const createPeople = (options: PeopleOptions): RunningPeople => {
  const ground = groundOf(options);
  const { database, isSecure, log, house } = ground;
  const sweep = async (): Promise<void> => {
    try {
      await sweepTries(database, ground.now());
      await sweepSessions(database, ground.now());
    } catch (error) {
      log.fault(error, { requestId: "", route: "people" });
    }
  };
  const timer = setInterval(() => void sweep(), SWEEP_MS);
  timer.unref();
  // Who runs it may leave, but not all of them: what was claimed once stays so.
  let isClaimed = false;
  return {
    viewerOf: async (request) => {
      const token = readSessionToken(request.headers.get("cookie"), isSecure);
      const signedIn = token === null ? null : await findSignedIn(database, token, ground.now());
      return signedIn === null ? null : await viewerOf(ground, signedIn);
    },
    handle: (request) => serveEntrance(ground, request),
    prove: (viewer, request, proof) => prove(ground, viewer, request, proof),
    sendInvitation: (email, token, words) => tell(ground, letter(house(), email, ["invitation", token, words])),
    isClaimed: async () => (isClaimed ||= await hasOperator(database.kysely)),
    oauthProviders: oauthWays(readOauth(options.config.env)),
    stop: () => {
      clearInterval(timer);
    },
  };
};

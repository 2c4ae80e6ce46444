/** What everything that lets people in stands on: made once by people.ts. */
import type { Storefront } from "../../settings/installation.ts";
import type { ConsoleServices, Mail } from "../services.ts";
import type { Letter } from "../services.ts";
import { PEER_HEADER } from "../adapter.ts";
import { countedPeer } from "../../http/peer.ts";
import { readDeviceToken, readSessionToken } from "./cookies.ts";
import type { House } from "./letters.ts";
import type { PasswordHasher } from "./password-hash.ts";
import { findSignedIn, type SignedIn } from "./session-store.ts";
import type { SignIn } from "./sign-in.ts";

export interface Ground {
  readonly database: ConsoleServices["database"];
  readonly signIn: SignIn;
  /** The sign-in library's secret: what its cookies are signed with. */
  readonly secret: string;
  readonly hasher: PasswordHasher;
  readonly mail: Mail;
  readonly log: ConsoleServices["log"];
  readonly isProduction: boolean;
  /** Cookies come over TLS only. */
  readonly isSecure: boolean;
  readonly house: () => House;
  readonly storefront: () => Storefront;
  /** A keyed digest: tells whether two are equal without keeping either. */
  readonly digest: (what: string, text: string) => string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** One request to the entrance, and who makes it. */
export interface Visit {
  readonly request: Request;
  /** As limits count it. */
  readonly peer: string;
  readonly cookie: string | null;
  readonly userAgent: string | null;
  /** Null for nobody, and for a session that has ended. */
  readonly signedIn: SignedIn | null;
  readonly device: string | null;
  readonly now: number;
}

export const visitOf = async (ground: Ground, request: Request): Promise<Visit> => {
  const { isSecure, database } = ground;
  const now = ground.now();
  const cookie = request.headers.get("cookie");
  const token = readSessionToken(cookie, isSecure);
  return {
    request,
    peer: countedPeer(request.headers.get(PEER_HEADER) ?? ""),
    cookie,
    userAgent: request.headers.get("user-agent"),
    signedIn: token === null ? null : await findSignedIn(database, token, now),
    device: readDeviceToken(cookie, isSecure),
    now,
  };
};

/** What the entrance answers: members of a JSON object, and cookies. */
export interface Reply {
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookies?: readonly string[];
}

/** Sends a letter about an account, and never fails for it. */
export const tell = async ({ mail, log }: Pick<Ground, "mail" | "log">, letter: Letter): Promise<void> => {
  try {
    await mail.send(letter);
  } catch (error) {
    log.fault(error, { requestId: "", route: "mail" });
  }
};

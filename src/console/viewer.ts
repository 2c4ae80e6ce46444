/** Who is looking: a signed-in person as every route of the console sees them. Types only; people/ makes them out of a session. */

/** What a person may be in an account. */
export const ACCOUNT_ROLES = ["owner", "member"] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

/** What a person may be in the installation. */
export const INSTALLATION_ROLES = ["operator", "support", "auditor"] as const;
export type InstallationRole = (typeof INSTALLATION_ROLES)[number];

/** An account by both of its names. */
export interface AccountName {
  readonly accountId: number;
  /** `acc_…`, the one that addresses show. */
  readonly accountPublicId: string;
}

export interface Membership extends AccountName {
  readonly role: AccountRole;
}

/** A person with a live session, read anew for each request: a role that was taken away is gone at the next one. */
export interface Viewer {
  /** The database's own name for them; the audit log's actor is `user:<userId>`. Never shown to anybody else. */
  readonly userId: string;
  readonly publicId: string;
  readonly email: string;
  readonly name: string;
  /** Null for everybody who only has accounts. */
  readonly installationRole: InstallationRole | null;
  readonly memberships: readonly Membership[];
  /** Accounts of others that an installation's person has opened, read-only, and whose time is not over. */
  readonly views: readonly AccountName[];
  readonly sessionId: string;
  /** Milliseconds since the epoch. */
  readonly signedInAt: number;
  /** When they last proved who they are, at sign-in or after; milliseconds since the epoch. */
  readonly steppedUpAt: number;
  /**
   * True for somebody of a production installation who has no second factor yet: until they do they have no role and no account, so that
   * every route but their own profile is closed to them (docs/decisions/0046).
   */
  readonly needsSecondFactor: boolean;
}

/** What somebody shows to prove once more who they are: one of these. */
export interface FreshProof {
  readonly password?: string | undefined;
  /** Of the authenticator app, or a recovery code. */
  readonly code?: string | undefined;
  /** A passkey's answer to the challenge that was asked for before. */
  readonly passkey?: Readonly<Record<string, unknown>> | undefined;
}

/** The people of an installation, as the rest of the console asks for them. */
export interface People {
  /** The person behind a request's session cookie; null for nobody, an ended session, a disabled person. */
  viewerOf(request: Request): Promise<Viewer | null>;
  /** Answers what lies under `/console/auth/`. */
  handle(request: Request): Promise<Response>;
  /**
   * Takes a fresh proof of who a viewer is; their session gets a new token.
   * @returns `set-cookie` lines @throws ConsoleError wrong_proof, rate_limited
   */
  prove(viewer: Viewer, request: Request, proof: FreshProof): Promise<readonly string[]>;
  /** Sends the link of an invitation. @param to what they are invited to, such as an account's name */
  sendInvitation(email: string, token: string, words: { readonly by: string; readonly to: string }): Promise<void>;
  /** Whether somebody runs the installation; until then whoever has the admin code may become its operator. */
  isClaimed(): Promise<boolean>;
  /** Ways of signing in with somebody else's word: their ids, such as `github`, and what they are called. */
  readonly oauthProviders: readonly { readonly id: string; readonly name: string }[];
}

/** An audit log's name for a person. */
export const actorOf = (viewer: Pick<Viewer, "userId">): string => `user:${viewer.userId}`;

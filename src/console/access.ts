/**
 * Who may enter which route: a closed list of accesses and one decision. Pure.
 *
 * Nothing is open by default: a route without an access does not compile. An account that is somebody else's is `missing`, not
 * `forbidden`, so that its id tells nothing.
 */
import type { AccountName, AccountRole, InstallationRole, Viewer } from "./viewer.ts";

export const ACCESSES = [
  /** Anybody. */
  "public",
  /** Anybody who is signed in. */
  "user",
  /** Owner and members of the account in the path; who has it open read-only. */
  "account:read",
  /** Owner and members: keys, playground. */
  "account:write",
  /** The owner alone: money, people, alerts. */
  "account:own",
  /** Everybody who works for the installation. */
  "admin:read",
  /** Who helps customers. */
  "admin:support",
  /** Who checks the books. */
  "admin:audit",
  /** Who runs it. */
  "admin:write",
] as const;
export type Access = (typeof ACCESSES)[number];

export type AccountAccess = Extract<Access, `account:${string}`>;
type AdminAccess = Extract<Access, `admin:${string}`>;

/** How long a proof of who one is lasts for what asks for a fresh one, in milliseconds. */
export const STEP_UP_MS = 5 * 60_000;

/** What a decision says: `ok`, or why not. */
export const VERDICTS = ["ok", "sign-in", "forbidden", "missing", "step-up"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Rule {
  readonly access: Access;
  /** Asks for a proof of who one is that is at most STEP_UP_MS old. */
  readonly stepUp: boolean;
}

export interface Place {
  /** The public id of the account in the path; null where there is none. */
  readonly account: string | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What somebody is in an account: `viewer` for who has it open read-only. */
export type EnteredRole = AccountRole | "viewer";

/** An account that a request may enter. */
export interface Entered extends AccountName {
  readonly role: EnteredRole;
}

/** Which roles an access to an account lets in. Whoever has no role there is told that there is no such account. */
const ACCOUNT_ROLES_OF = {
  "account:read": ["owner", "member", "viewer"],
  "account:write": ["owner", "member"],
  "account:own": ["owner"],
} as const satisfies Record<AccountAccess, readonly EnteredRole[]>;

const ADMIN_ROLES_OF = {
  "admin:read": ["operator", "support", "auditor"],
  "admin:support": ["operator", "support"],
  "admin:audit": ["operator", "auditor"],
  "admin:write": ["operator"],
} as const satisfies Record<AdminAccess, readonly InstallationRole[]>;

const isAccountAccess = (access: Access): access is AccountAccess => Object.hasOwn(ACCOUNT_ROLES_OF, access);

/** The account in a path as the viewer may see it; null when there is none for them. A membership counts before a view. */
export const enteredBy = (viewer: Viewer, account: string | null): Entered | null => {
  const own = viewer.memberships.find((one) => one.accountPublicId === account);
  if (own !== undefined) return own;
  const view =
    viewer.installationRole === null ? undefined : viewer.views.find((one) => one.accountPublicId === account);
  return view === undefined
    ? null
    : { accountId: view.accountId, accountPublicId: view.accountPublicId, role: "viewer" };
};

const accessVerdict = (viewer: Viewer, access: Exclude<Access, "public">, account: string | null): Verdict => {
  if (access === "user") return "ok";
  if (isAccountAccess(access)) {
    const entered = enteredBy(viewer, account);
    if (entered === null) return "missing";
    const roles: readonly EnteredRole[] = ACCOUNT_ROLES_OF[access];
    return roles.includes(entered.role) ? "ok" : "forbidden";
  }
  const roles: readonly InstallationRole[] = ADMIN_ROLES_OF[access];
  return viewer.installationRole !== null && roles.includes(viewer.installationRole) ? "ok" : "forbidden";
};

/** Whether somebody may enter; the first reason why not. A clock that was set back makes a proof no younger than it is. */
export const mayEnter = (viewer: Viewer | null, { access, stepUp }: Rule, { account, now }: Place): Verdict => {
  if (access === "public") return "ok";
  if (viewer === null) return "sign-in";
  const verdict = accessVerdict(viewer, access, account);
  if (verdict !== "ok" || !stepUp) return verdict;
  const age = now - viewer.steppedUpAt;
  return age >= 0 && age <= STEP_UP_MS ? "ok" : "step-up";
};

/** What somebody may, a fresh proof aside. */
export interface Allowed {
  /** Of the installation: none for who only has accounts. */
  readonly installation: readonly Access[];
  /** Of each account that they can enter, by its public id. */
  readonly accounts: readonly { readonly id: string; readonly may: readonly Access[] }[];
}

/** What the guard would let somebody do: asked of the guard's own decision, so that pages offer just that. */
export const allowedTo = (viewer: Viewer): Allowed => {
  const allowed = (access: Access, account: string | null): boolean =>
    mayEnter(viewer, { access, stepUp: false }, { account, now: 0 }) === "ok";
  const ids = new Set([...viewer.memberships, ...viewer.views].map(({ accountPublicId }) => accountPublicId));
  return {
    installation: ACCESSES.filter((access) => access.startsWith("admin:") && allowed(access, null)),
    accounts: [...ids].map((id) => ({
      id,
      may: ACCESSES.filter((access) => isAccountAccess(access) && allowed(access, id)),
    })),
  };
};

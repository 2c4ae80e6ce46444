/** Invitations: links that let one person in, once. Pure. */
import { ACCOUNT_ROLES, INSTALLATION_ROLES, type AccountRole, type InstallationRole } from "../viewer.ts";

/** How long a link is valid, in milliseconds. */
export const INVITATION_MS = 7 * 24 * 3_600_000;

/** What somebody is invited to become: in an account, or in the installation (where `customer` has no role, but an account). */
export const INVITED_ROLES = [...ACCOUNT_ROLES, ...INSTALLATION_ROLES, "customer"] as const;
export type InvitedRole = (typeof INVITED_ROLES)[number];

export const isAccountRole = (role: InvitedRole): role is AccountRole =>
  (ACCOUNT_ROLES as readonly string[]).includes(role);

export const isInstallationRole = (role: InvitedRole): role is InstallationRole =>
  (INSTALLATION_ROLES as readonly string[]).includes(role);

export interface Invitation {
  /** `inv_…`. */
  readonly id: string;
  /** The account's id; null for the installation. */
  readonly accountId: number | null;
  /** What the account is called; null for the installation. */
  readonly accountName: string | null;
  readonly role: InvitedRole;
  /** Whom it was sent to; only they can use it. */
  readonly email: string;
  readonly invitedBy: string;
  /** Milliseconds since the Unix epoch, all of these. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
  readonly revokedAt: number | null;
}

export const INVITATION_STATES = ["open", "used", "revoked", "expired"] as const;
export type InvitationState = (typeof INVITATION_STATES)[number];

export const stateOf = (invitation: Invitation, now: number): InvitationState => {
  if (invitation.usedAt !== null) return "used";
  if (invitation.revokedAt !== null) return "revoked";
  return now >= invitation.expiresAt ? "expired" : "open";
};

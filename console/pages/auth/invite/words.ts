/** What is said at invitations. */
import type { Invitation } from "../../../api/auth.ts";

/** What somebody becomes, as words after "as". */
const ROLES = {
  owner: "an owner",
  member: "a member",
  operator: "an operator",
  support: "support",
  auditor: "an auditor",
  customer: "a customer",
} as const satisfies Record<Invitation["role"], string>;

export const words = {
  title: "You are invited",
  description: ({ invitedBy, account, role }: Invitation, house: string) =>
    `${invitedBy} invites you to ${account === null ? house : `the account “${account}”`} as ${ROLES[role]}.`,
  verb: "Create account and join",
  acceptVerb: "Accept",
  signInFirst: (email: string) => `Sign in as ${email} to accept it.`,
  signIn: "Sign in",
  otherTitle: "This invitation is for somebody else",
  other: (email: string) => `It was sent to ${email}. Sign out and open the link again.`,
  goneTitle: "This invitation cannot be used",
  loading: "One moment…",
} as const;

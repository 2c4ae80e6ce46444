/** Accepting an invitation as somebody who is signed in already. */
import type { Database } from "../../db/connect.ts";
import { isInstallationRole, type Invitation } from "./invitation.ts";
import { useInvitation } from "./invitation-store.ts";
import type { Person } from "./person.ts";

export interface Accepted {
  /** The public id of the account that they belong to now; null for the installation. */
  readonly account: string | null;
  /** A role of the installation ends every session. */
  readonly signInAgain: boolean;
}

/** @returns null when it is not theirs, or not open any more */
export const acceptInvitation = (
  database: Database,
  invitation: Invitation,
  person: Pick<Person, "id" | "email">,
  now: number,
): Promise<Accepted | null> =>
  database.transaction(async (queries) => {
    if (!(await useInvitation(queries, invitation, { ...person, now }))) return null;
    const account =
      invitation.accountId === null
        ? undefined
        : await queries
            .selectFrom("account")
            .select("public_id")
            .where("id", "=", BigInt(invitation.accountId))
            .executeTakeFirst();
    return { account: account?.public_id ?? null, signInAgain: isInstallationRole(invitation.role) };
  });

/** Registration in the database: a person with what belongs to them, in one transaction; start credit, once; the first operator, once. */
import { DEMO_NAME } from "../../accounts/account.ts";
import { addAccount, listAccounts } from "../../accounts/store.ts";
import { hashClaimCode } from "../../accounts/claim.ts";
import { recordAudit } from "../../db/audit-log.ts";
import type { Database, Queries } from "../../db/connect.ts";
import { runStatement } from "../../db/steps.ts";
import { newPublicId } from "../../id.ts";
import { credit } from "../../ledger/credit-store.ts";
import type { Nano } from "../../money.ts";
import type { InstallationRole } from "../viewer.ts";
import type { Invitation } from "./invitation.ts";
import { isInstallationRole } from "./invitation.ts";
import { useInvitation } from "./invitation-store.ts";
import { addMember, listMembers, listMemberships } from "./membership-store.ts";
import { isUsername, MAX_USERNAME, PERSON_PREFIX, usernameFrom, type Person } from "./person.ts";
import { findPersonByEmail } from "./person-store.ts";

const DAY_MS = 24 * 3_600_000;

export interface NewPerson {
  readonly name: string;
  /** In lower case, checked. */
  readonly email: string;
  readonly isVerified: boolean;
  /** Null: made out of the address. */
  readonly username: string | null;
  /** The hash with its parameters. */
  readonly password: string;
  readonly now: number;
}

/** What the storefront allows of registrations in a day. */
export interface Caps {
  readonly fromOnePeer: number;
  readonly altogether: number;
}

export type Registered =
  | { readonly kind: "done"; readonly personId: string }
  /** Somebody has the address, or the username, already. */
  | { readonly kind: "email-taken" | "username-taken" | "invitation-gone" | "too-many" };

const isTaken = async (queries: Queries, username: string): Promise<boolean> =>
  (await queries.selectFrom("person").select("id").where("username", "=", username).executeTakeFirst()) !== undefined;

/** A username that nobody has: the address's own, or with a number behind it. */
const freeUsername = async (queries: Queries, email: string): Promise<string> => {
  const wanted = usernameFrom(email);
  if (isUsername(wanted) && !(await isTaken(queries, wanted))) return wanted;
  return `${wanted}-${newPublicId("").slice(-8)}`.slice(0, MAX_USERNAME);
};

/** As `freeUsername`, on a connection of its own. */
export const freeUsernameOf = ({ kysely }: Database, email: string): Promise<string> => freeUsername(kysely, email);

const insertPerson = async (
  queries: Queries,
  { name, email, isVerified, username, password, now }: NewPerson,
  role: InstallationRole | null,
): Promise<string> => {
  const id = newPublicId(PERSON_PREFIX);
  await queries
    .insertInto("person")
    .values({
      id,
      email,
      email_verified: isVerified ? 1 : 0,
      name,
      username: username ?? (await freeUsername(queries, email)),
      role,
      created_at: now,
      updated_at: now,
    })
    .execute();
  await queries
    .insertInto("person_login")
    .values({
      id: newPublicId("lgn_"),
      person_id: id,
      provider: "credential",
      provider_account: id,
      password,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return id;
};

/** The account of a customer who has none yet, with themselves as its owner. */
const addOwnAccount = async (queries: Queries, person: Pick<Person, "id" | "name">): Promise<void> => {
  const actor = `user:${person.id}`;
  const account = await addAccount(queries, { name: person.name, planId: null, actor });
  await addMember(queries, { accountId: account.id, personId: person.id, role: "owner", actor });
};

const isAboveCaps = async (queries: Queries, peer: string, caps: Caps, now: number): Promise<boolean> => {
  const since = BigInt(now - DAY_MS);
  await queries.deleteFrom("registration").where("created_at", "<", since).execute();
  const { all, same } = await queries
    .selectFrom("registration")
    .select(({ fn }) => fn.countAll<bigint>().as("all"))
    .select(({ fn }) => fn.countAll<bigint>().filterWhere("peer", "=", peer).as("same"))
    .where("created_at", ">=", since)
    .executeTakeFirstOrThrow();
  return Number(all) >= caps.altogether || Number(same) >= caps.fromOnePeer;
};

export interface Registration {
  readonly person: NewPerson;
  /** Null: somebody who comes by themselves. */
  readonly invitation: Invitation | null;
  /** Keyed digest of the peer. */
  readonly peer: string;
  readonly caps: Caps;
}

/** Thrown to undo a transaction that found out late. */
class Undone extends Error {
  readonly kind: "invitation-gone";
  constructor(kind: "invitation-gone") {
    super(kind);
    this.kind = kind;
  }
}

/** Registers somebody. All of it happens or nothing; of two with one address, one gets it. */
export const register = async (database: Database, order: Registration): Promise<Registered> => {
  const { person, invitation, peer, caps } = order;
  try {
    return await database.transaction(async (queries): Promise<Registered> => {
      if ((await findPersonByEmail(queries, person.email)) !== null) return { kind: "email-taken" };
      if (person.username !== null && (await isTaken(queries, person.username))) return { kind: "username-taken" };
      // Who was invited is counted by nobody.
      if (invitation === null && (await isAboveCaps(queries, peer, caps, person.now))) return { kind: "too-many" };
      const personId = await insertPerson(queries, person, null);
      await recordAudit(queries, {
        actor: `user:${personId}`,
        action: "person.register",
        object: personId,
        detail: { invitation: invitation?.id ?? null },
      });
      if (invitation === null)
        await queries
          .insertInto("registration")
          .values({ id: newPublicId("reg_"), peer, created_at: person.now })
          .execute();
      else if (!(await useInvitation(queries, invitation, { id: personId, email: person.email, now: person.now })))
        throw new Undone("invitation-gone");
      const isCustomer = invitation === null || invitation.role === "customer";
      if (isCustomer) await addOwnAccount(queries, { id: personId, name: person.name });
      return { kind: "done", personId };
    });
  } catch (error) {
    if (error instanceof Undone) return { kind: error.kind };
    throw error;
  }
};

/** Gives an account to somebody who came by another service's word, and what an open invitation says. Repeating it changes nothing. */
export const welcome = (
  database: Database,
  person: Pick<Person, "id" | "name" | "email">,
  invitation: Invitation | null,
): Promise<void> =>
  database.transaction(async (queries) => {
    if (invitation !== null) await useInvitation(queries, invitation, { ...person, now: Date.now() });
    const isStaff = invitation !== null && isInstallationRole(invitation.role);
    if (isStaff || (await listMemberships(queries, person.id)).length > 0) return;
    await addOwnAccount(queries, person);
    await recordAudit(queries, {
      actor: `user:${person.id}`,
      action: "person.register",
      object: person.id,
      detail: { invitation: invitation?.id ?? null },
    });
  });

export type Claimed =
  | { readonly kind: "done"; readonly personId: string }
  | { readonly kind: "wrong-code" | "email-taken" | "username-taken" };

/** The demo account of the first start becomes the first operator's, so that they can try what customers see. */
const handOverDemo = async (queries: Queries, personId: string): Promise<void> => {
  const [first] = await listAccounts(queries, { limit: 1 });
  if (first?.name !== DEMO_NAME || (await listMembers(queries, first.id)).length > 0) return;
  await addMember(queries, { accountId: first.id, personId, role: "owner", actor: `user:${personId}` });
};

/**
 * Makes the operator who holds a one-time code, exactly once (F126): the code's row is changed by the same statement that looks whether
 * it was used or its hour is over.
 */
export const claim = (database: Database, code: string, person: NewPerson): Promise<Claimed> =>
  database.transaction(async (queries): Promise<Claimed> => {
    if ((await findPersonByEmail(queries, person.email)) !== null) return { kind: "email-taken" };
    const row = await queries
      .updateTable("admin_claim")
      .set({ claimed_at: person.now })
      .where("code_hash", "=", hashClaimCode(code))
      .where("claimed_at", "is", null)
      .where("expires_at", ">", BigInt(person.now))
      .returning("id")
      .executeTakeFirst();
    if (row === undefined) return { kind: "wrong-code" };
    const personId = await insertPerson(queries, person, "operator");
    await handOverDemo(queries, personId);
    await recordAudit(queries, {
      actor: `user:${personId}`,
      action: "admin_claim.use",
      object: personId,
      detail: { claim: Number(row.id) },
    });
    return { kind: "done", personId };
  });

export interface StartCreditOrder {
  readonly personId: string;
  /** Keyed digest of the mailbox, however it is spelt. */
  readonly mailbox: string;
  /** Keyed digest of the peer; null where nobody knows any more whence the person registered, which was bounded then. */
  readonly peer: string | null;
  readonly amount: Nano;
  readonly caps: Caps;
  readonly now: number;
}

/** Writes down that a mailbox gets start credit, once for ever. @returns false when it had it, or too many had it today */
const reserveStartCredit = (database: Database, order: StartCreditOrder): Promise<boolean> =>
  database.transaction(async (queries) => {
    const { personId, mailbox, peer, amount, caps, now } = order;
    const known = await queries
      .selectFrom("start_credit")
      .select("person_id")
      .where("mailbox", "=", mailbox)
      .executeTakeFirst();
    if (known !== undefined) return false;
    const account = (await listMemberships(queries, personId)).find(({ role }) => role === "owner");
    if (account === undefined) return false;
    const { all, same } = await queries
      .selectFrom("start_credit")
      .select(({ fn }) => fn.countAll<bigint>().as("all"))
      .select(({ fn }) =>
        fn
          .countAll<bigint>()
          .filterWhere("peer", "=", peer ?? "")
          .as("same"),
      )
      .where("created_at", ">=", BigInt(now - DAY_MS))
      .executeTakeFirstOrThrow();
    if (Number(all) >= caps.altogether || (peer !== null && Number(same) >= caps.fromOnePeer)) return false;
    await queries
      .insertInto("start_credit")
      .values({
        mailbox,
        person_id: personId,
        account_id: account.accountId,
        amount,
        peer: peer ?? "",
        created_at: now,
      })
      .execute();
    return true;
  });

/** Posts what was written down for a person; the ledger does it once however often this runs. */
export const postStartCredit = async (database: Database, personId: string): Promise<void> => {
  const [row] = await runStatement(
    database,
    "select mailbox, account_id, amount from start_credit where person_id = $1 limit 1",
    personId,
  );
  if (row === undefined) return;
  await credit(database, {
    accountId: Number(row["account_id"]),
    amount: row["amount"] as bigint,
    reason: "Start credit",
    actor: "system",
    idempotencyKey: `start-credit:${String(row["mailbox"])}`,
    counterpart: "promo",
  });
};

/**
 * Gives start credit to a person's own account: promotional money, once per mailbox, few a day from one peer. Two steps, so that a
 * crash between them is made good at the next sign-in (`postStartCredit`).
 */
export const giveStartCredit = async (database: Database, order: StartCreditOrder): Promise<void> => {
  if (order.amount > 0n) await reserveStartCredit(database, order);
  await postStartCredit(database, order.personId);
};

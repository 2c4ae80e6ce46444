/**
 * The rows of Idempotency-Keys: claimed, found, taken over, freed and swept, one statement each. How a settlement ends its key is
 * written with the settlement itself, in the ledger's stores.
 *
 * On SQLite the ledger's own connection is used: what is written on another looks like somebody else's change to all who watch.
 */
import { sql, type CompiledQuery } from "kysely";

import type { Database, Queries } from "../db/connect.ts";
import { whileBusy } from "../db/retry.ts";
import { ask, type Steps } from "../db/steps.ts";
import { errors } from "../errors.ts";
import { requestIdText } from "../id.ts";
import { KEY_LIFE_MS, type KeptReply, type KeyClaim, type KeyRow, type Owner } from "./idempotency.ts";
import { idBytes } from "./settlement.ts";

/** Rows of one statement of a sweep: each may hold a reply of a mebibyte. */
const SWEPT_AT_ONCE = 50;

interface Found {
  readonly asked: Uint8Array;
  readonly request_id: Uint8Array;
  readonly owner: string;
  readonly epoch: bigint;
  readonly state: string;
  readonly status: bigint | null;
  readonly content_type: string | null;
  readonly reply: Uint8Array | null;
  readonly created_at: bigint;
}

const rowOf = (found: Found): KeyRow => ({
  asked: found.asked,
  requestId: requestIdText(found.request_id),
  owner: { id: found.owner, epoch: Number(found.epoch) },
  createdAt: Number(found.created_at),
  state: found.state as KeyRow["state"],
  reply:
    found.state === "kept"
      ? { status: Number(found.status), contentType: found.content_type ?? "", body: found.reply ?? new Uint8Array() }
      : null,
});

/** Who was claimed then, or earlier, is expired. */
const oldest = (now: number): bigint => BigInt(now - KEY_LIFE_MS);

/** A claimed key's columns; nothing is left of what it was before. */
const claimed = ({ asked, requestId, owner }: KeyClaim, now: number) => ({
  asked,
  request_id: idBytes(requestId),
  owner: owner.id,
  epoch: owner.epoch,
  state: "running",
  status: null,
  content_type: null,
  reply: null,
  reply_hash: null,
  created_at: now,
});

/** Every method throws what the database throws. */
export class IdempotencyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Claims a key that is free or expired. @param now milliseconds since the Unix epoch @returns false when it is neither */
  async claim(claim: KeyClaim, now: number): Promise<boolean> {
    const values = claimed(claim, now);
    const { accountId: account_id, route, key } = claim;
    const rows = await this.#run(
      this.#queries
        .insertInto("idempotency")
        .values({ account_id, route, key, ...values })
        .onConflict((conflict) =>
          conflict
            .columns(["account_id", "route", "key"])
            .doUpdateSet(values)
            .where("idempotency.created_at", "<=", oldest(now)),
        )
        .returning("idempotency.state")
        .compile(),
    );
    return rows.length === 1;
  }

  /** What is known of a key. */
  async find({ accountId, route, key }: Pick<KeyClaim, "accountId" | "route" | "key">): Promise<KeyRow | undefined> {
    const [found] = await this.#run<Found>(
      this.#queries
        .selectFrom("idempotency")
        .select(["asked", "request_id", "owner", "epoch", "state", "status", "content_type", "reply", "created_at"])
        .where("account_id", "=", BigInt(accountId))
        .where("route", "=", route)
        .where("key", "=", key)
        .compile(),
    );
    return found === undefined ? undefined : rowOf(found);
  }

  /**
   * Claims a key whose request was given up: its owner is gone. @param abandoned that request's id
   * @returns false when somebody else was faster
   */
  async takeOver(claim: KeyClaim, abandoned: string, now: number): Promise<boolean> {
    const rows = await this.#run(
      this.#queries
        .updateTable("idempotency")
        .set(claimed(claim, now))
        .where("request_id", "=", idBytes(abandoned))
        .where("state", "=", "running")
        .returning("state")
        .compile(),
    );
    return rows.length === 1;
  }

  /** Frees the key of a request that came to nothing, if it still has it. */
  async free(requestId: string): Promise<void> {
    await this.#run(
      this.#queries
        .deleteFrom("idempotency")
        .where("request_id", "=", idBytes(requestId))
        .where("state", "=", "running")
        .compile(),
    );
  }

  /** Stores the reply of a task that was begun. */
  async keep(requestId: string, { status, contentType, body }: KeptReply): Promise<void> {
    await this.#run(
      this.#queries
        .updateTable("idempotency")
        .set({ state: "kept", status, content_type: contentType, reply: body })
        .where("request_id", "=", idBytes(requestId))
        .where("state", "=", "begun")
        .compile(),
    );
  }

  /** Frees the key of a task that was begun and has come to nothing. */
  async freeBegun(requestId: string): Promise<void> {
    await this.#run(
      this.#queries
        .deleteFrom("idempotency")
        .where("request_id", "=", idBytes(requestId))
        .where("state", "=", "begun")
        .compile(),
    );
  }

  /** Forgets some of the keys that are expired. @returns true when there may be more */
  async sweep(now: number): Promise<boolean> {
    const old = this.#queries
      .selectFrom("idempotency")
      .select("request_id")
      .where("created_at", "<=", oldest(now))
      .orderBy("created_at")
      .limit(SWEPT_AT_ONCE);
    const rows = await this.#run(
      this.#queries.deleteFrom("idempotency").where("request_id", "in", old).returning("state").compile(),
    );
    return rows.length === SWEPT_AT_ONCE;
  }

  /**
   * Whether another owner's leases are returned, so that nothing can be charged under them any more (§9.10). On SQLite whoever returns
   * them frees the owner's keys as well. @param self the owner that asks
   */
  async isGone(owner: Owner, self: Owner): Promise<boolean> {
    if (this.#database.kind === "sqlite" || (owner.id === self.id && owner.epoch === self.epoch)) return false;
    const query = sql<{
      state: string;
    }>`select state from lease_owner where id = ${owner.id} and epoch = ${owner.epoch}`;
    const [found] = (await query.execute(this.#queries)).rows;
    return found?.state === "gone";
  }

  get #queries(): Queries {
    return this.#database.kysely;
  }

  async #run<Row>(query: CompiledQuery<Row>): Promise<readonly Row[]> {
    const database = this.#database;
    if (database.kind === "postgres") return (await database.kysely.executeQuery(query)).rows;
    const values = query.parameters as Parameters<ReturnType<typeof database.sqlite.prepare>["all"]>;
    return await whileBusy(() => database.sqlite.prepare(query.sql).all(...values) as Row[]);
  }
}

/**
 * Spends the key of a request in the transaction that writes a task: from then on something may be charged whatever becomes of this
 * process, and nobody else gets the key. @throws GatewayError ledger_unavailable when somebody else has it by now
 */
export function* beginKey(requestId: string): Steps<void> {
  const sql = "update idempotency set state = 'begun' where request_id = $1 and state = 'running' returning state";
  if ((yield* ask(sql, idBytes(requestId))).length === 0) throw errors.ledgerUnavailable();
}

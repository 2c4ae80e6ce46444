/** How owners ask each other for slack: marks in the database, and notifications that say so (§9.2 e). */
import type { PoolClient } from "pg";

import type { PostgresDatabase } from "../db/connect.ts";

const CHANNEL = "farthing_lease";
/** How long the others may take to answer. */
const ANSWER_MS = 300;

interface Question {
  /** How many were asked; null until the marks are set. */
  asked: number | null;
  heard: number;
  readonly answered: () => void;
}

export class RecallChannel {
  readonly #database: PostgresDatabase;
  readonly #owner: string;
  readonly #questions = new Map<number, Question>();
  #heard: (accountId: number) => void = () => undefined;
  #client: PoolClient | null = null;
  #isOpening = false;
  #isClosed = false;

  constructor(database: PostgresDatabase, owner: string) {
    this.#database = database;
    this.#owner = owner;
  }

  onRecall(heard: (accountId: number) => void): void {
    this.#heard = heard;
  }

  /** Listens, if it does not yet. What is missed meanwhile only takes longer. */
  open(): void {
    if (this.#isClosed || this.#isOpening || this.#client !== null) return;
    this.#isOpening = true;
    this.#listen()
      .catch(() => undefined)
      .finally(() => {
        this.#isOpening = false;
      });
  }

  /**
   * Asks for the slack of an account and waits for those who were asked. One question per account at a time.
   * @param mark sets the marks and says how many were asked @returns false when nobody was
   */
  async ask(accountId: number, mark: () => Promise<number>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<void>((resolve) => {
      this.#questions.set(accountId, { asked: null, heard: 0, answered: resolve });
      timer = setTimeout(resolve, ANSWER_MS);
    });
    const question = this.#questions.get(accountId);
    try {
      const asked = await mark();
      if (asked === 0 || question === undefined) return false;
      question.asked = asked;
      if (question.heard < asked) await answered;
      return true;
    } finally {
      clearTimeout(timer);
      this.#questions.delete(accountId);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.release(true);
    this.#client = null;
  }

  async #listen(): Promise<void> {
    const client = await this.#database.pool.connect();
    if (this.#isClosed) {
      client.release();
      return;
    }
    const lost = (): void => {
      if (this.#client !== client) return;
      this.#client = null;
      client.release(true);
    };
    client.on("notification", ({ payload = "" }) => {
      this.#hear(payload);
    });
    client.on("error", lost);
    client.on("end", lost);
    this.#client = client;
    try {
      await client.query(`listen ${CHANNEL}`);
    } catch {
      lost();
    }
  }

  /** `recall ACCOUNT OWNER` or `returned ACCOUNT OWNER`. */
  #hear(payload: string): void {
    const [word, account, owner] = payload.split(" ");
    if (owner === this.#owner) return;
    const accountId = Number(account);
    if (word === "recall") this.#heard(accountId);
    if (word !== "returned") return;
    const question = this.#questions.get(accountId);
    if (question === undefined) return;
    question.heard++;
    if (question.asked !== null && question.heard >= question.asked) question.answered();
  }
}

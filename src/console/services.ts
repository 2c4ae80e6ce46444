/** What the console's routes may use: made once by server.ts and handed to each call, so that nothing here reaches for a global. */
import type { Catalog } from "../catalog/load.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/connect.ts";
import type { Log } from "../http/log.ts";
import type { Books } from "../ledger/books.ts";
import type { ProviderClient } from "../providers/send.ts";
import type { SecretBox } from "../secret.ts";
import type { Installation } from "../settings/installation.ts";
import type { Traffic } from "../upstreams/traffic.ts";
import type { Figures } from "../usage/figures.ts";
import type { RequestTail } from "../usage/tail.ts";
import type { People } from "./viewer.ts";

/** One letter to one person. */
export interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** The same, for programs that show it; plain text alone when absent. */
  readonly html?: string;
}

/** Sends letters. @throws never for a letter that cannot be delivered: that is retried and logged behind it */
export interface Mail {
  /** False where no SMTP server is configured: what would be sent must be shown in another way, or not offered. */
  readonly isOn: boolean;
  send(letter: Letter): Promise<void>;
}

/** What an operator's routes look into and act through: of this process, where it is alive. */
export interface Engine {
  readonly box: SecretBox;
  readonly catalog: Catalog;
  readonly client: ProviderClient;
  readonly traffic: Pick<Traffic, "obstacles" | "inFlight">;
  /**
   * Cancels a video task where its provider still can. @returns its state then; null: there is no such task
   * @throws GatewayError invalid_value for one that has begun
   */
  readonly cancelTask: (requestId: string) => Promise<string | null>;
}

export interface ConsoleServices {
  readonly engine: Engine;
  readonly config: Config;
  /** For stores only: routes hand it on. */
  readonly database: Database;
  /** What is offered now; read once per call. */
  readonly installation: () => Installation;
  /** Makes a change effective in this process now instead of at the next poll. */
  readonly refresh: () => Promise<void>;
  readonly books: Books;
  /** Sums, lists and health of requests. */
  readonly figures: Figures;
  /** Requests as they are committed. */
  readonly tail: RequestTail;
  readonly people: People;
  readonly mail: Mail;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** True for an error that says that the database is away or locked: nothing of ours is broken. */
  readonly isAway: (error: unknown) => boolean;
  /** False once the server drains: streams without an end must end by themselves. */
  readonly isServing: () => boolean;
}

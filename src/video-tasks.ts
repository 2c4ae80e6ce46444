/** Puts tasks beside the gateway: their store, their worker, their routes, with what they need of the gateway handed in. */
import { randomInt } from "node:crypto";

import { admitTask } from "./gateway/admit.ts";
import { claimKey, hasKey } from "./gateway/idempotency.ts";
import { planOf } from "./gateway/inference.ts";
import { authenticate } from "./gateway/pipeline.ts";
import type { Services } from "./gateway/services.ts";
import type { Log } from "./http/log.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/connect.ts";
import type { Books } from "./ledger/books.ts";
import type { FetchOptions } from "./providers/fetch-public.ts";
import { PublicStreams } from "./providers/public-stream.ts";
import { cancelTask } from "./tasks/cancel.ts";
import { taskRoutes, type TaskRoutes } from "./tasks/routes.ts";
import type { TaskServices } from "./tasks/services.ts";
import { TaskStore } from "./tasks/store.ts";
import { tellCustomers } from "./tasks/webhook.ts";
import { TaskWorker } from "./tasks/worker.ts";
import type { Closers } from "./world.ts";

export interface TaskGround {
  readonly config: Config;
  readonly database: Database;
  readonly books: Books;
  readonly services: Services;
  readonly log: Log;
  readonly closers: Closers;
  readonly fetch: FetchOptions | undefined;
  /** No other process submits tasks on this database. */
  readonly isAlone: boolean;
}

/** What stands beside the gateway. */
export interface VideoTasks {
  readonly routes: TaskRoutes;
  /**
   * Cancels a task for an operator. @returns its state then; null: there is no such task
   * @throws GatewayError invalid_value for one that has begun
   */
  readonly cancel: (requestId: string) => Promise<string | null>;
}

/** Steps between 0 and 1. */
const FINE = 2 ** 32;

/** Starts to look after tasks. @throws the database's error */
export const startTasks = async (ground: TaskGround): Promise<VideoTasks> => {
  const { config, database, books, services, log, closers } = ground;
  const streams = new PublicStreams(ground.fetch);
  closers.add(() => streams.close());
  const publicUrl = config.env["PUBLIC_URL"] === undefined ? null : config.publicUrl;
  const tasks: TaskServices = {
    installation: () => services.installation(),
    store: new TaskStore(database),
    ledger: books,
    client: services.client,
    fetcher: services.fetcher,
    streams,
    authenticate: (exchange) => authenticate(services, exchange),
    idempotency: services.idempotency,
    claimKey: async (exchange, { accountId }, { body, path }) => {
      if (!hasKey(exchange)) return null;
      const enabled = services.installation().storefront.idempotency;
      return claimKey(services.idempotency, exchange, { accountId, enabled, body, path, headers: [] });
    },
    admit: (key, model, installation) => admitTask(services, { key, model }, installation),
    planOf,
    onProblem: (what, requestId, error) => {
      log.event(what === "anomaly" ? "warn" : "error", "task", { problem: what, requestId });
      log.fault(error, { requestId, route: "tasks" });
    },
    epochMs: () => services.epochMs(),
    monotonicMs: () => services.monotonicMs(),
    random: () => randomInt(FINE) / FINE,
  };
  const worker = new TaskWorker(tasks, () => tellCustomers(tasks, config.publicUrl));
  await worker.start({ isAlone: ground.isAlone });
  closers.add(() => worker.stop());
  return {
    routes: taskRoutes(tasks, publicUrl),
    cancel: async (requestId) => {
      const task = await tasks.store.find(requestId);
      return task === null ? null : (await cancelTask(tasks, task)).state;
    },
  };
};

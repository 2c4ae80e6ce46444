/** Puts the console together: what its routes may use, and who its people are. server.ts hands it what is its own. */
import type { Config } from "./config.ts";
import { startAlerts } from "./console/alerts/rounds.ts";
import { openConsole, type Console } from "./console/console.ts";
import { createMail } from "./console/mail.ts";
import type { HashCost } from "./console/people/password-hash.ts";
import { createPeople } from "./console/people/people.ts";
import type { Engine } from "./console/services.ts";
import type { Database } from "./db/connect.ts";
import { isAway, isBusy } from "./db/fault.ts";
import type { Log } from "./http/log.ts";
import type { Books } from "./ledger/books.ts";
import type { FetchOptions } from "./providers/fetch-public.ts";
import { PublicStreams } from "./providers/public-stream.ts";
import type { Installation } from "./settings/installation.ts";
import { openFigures } from "./usage/figures-store.ts";
import { tailSource } from "./usage/requests-store.ts";
import { RequestTail } from "./usage/tail.ts";
import type { Closers } from "./world.ts";

export interface ConsoleGround {
  readonly engine: Engine;
  readonly config: Config;
  readonly database: Database;
  readonly log: Log;
  readonly books: Books;
  readonly closers: Closers;
  /** How what customers name is reached. */
  readonly fetch: FetchOptions | undefined;
  /** What a hash of a password costs; undefined: as in production. */
  readonly hashCost: HashCost | undefined;
  readonly installation: () => Installation;
  readonly refresh: () => Promise<void>;
  /** False once the server drains. */
  readonly isServing: () => boolean;
}

/** Opens the console: its people, its mail. Both end with the server. @throws BuildTooLarge */
export const startConsole = ({ closers, fetch, hashCost, ...ground }: ConsoleGround): Console => {
  const { config, log, engine } = ground;
  const now = (): number => Date.now();
  const { smtpUrl, mailFrom, production } = config;
  const mail = createMail({ smtpUrl, from: mailFrom, isProduction: production, log });
  closers.add(() => mail.close());
  const people = createPeople({ ...ground, box: engine.box, mail, now, hashCost });
  closers.add(() => {
    people.stop();
  });
  const streams = new PublicStreams(fetch);
  closers.add(() => streams.close());
  closers.add(startAlerts({ ...ground, mail, now, streams }));
  return openConsole({
    ...ground,
    people,
    mail,
    figures: openFigures(ground.database),
    tail: new RequestTail({
      source: tailSource(ground.database),
      now,
      failed: (error) => {
        log.fault(error, { requestId: "", route: "live" });
      },
    }),
    now,
    isAway: (error) => isAway(error) || isBusy(error),
  });
};

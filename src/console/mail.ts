/**
 * Mail: a bounded queue before one SMTP server. What cannot be delivered is tried again a few times and then logged; no request waits
 * for it. Without a server, outside production, a letter's text goes to the log, so that a newcomer can follow its link; in production
 * only that one was not sent.
 */
import { createTransport } from "nodemailer";

import type { Log } from "../http/log.ts";
import type { Letter, Mail } from "./services.ts";

const MAX_WAITING = 500;
/** Pauses before each further try, in milliseconds. */
const RETRIES_MS = [5_000, 30_000, 120_000] as const;
/** Of connecting, of the greeting, and of silence afterwards, in milliseconds. */
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
/** How long a stop waits for what is under way, in milliseconds. */
const CLOSE_MS = 3_000;

export interface MailOptions {
  /** Null: no server. */
  readonly smtpUrl: string | null;
  readonly from: string | null;
  readonly isProduction: boolean;
  readonly log: Pick<Log, "event" | "fault">;
  /** Delivers one letter; the SMTP server when absent. For tests. */
  readonly deliver?: (letter: Letter) => Promise<void>;
  /** Pauses before further tries, in milliseconds. */
  readonly retriesMs?: readonly number[];
}

export interface Mailer extends Mail {
  /** Ends it: what waits is given up, what is under way has a moment. */
  close(): Promise<void>;
}

const smtp = (url: string, from: string): { deliver: (letter: Letter) => Promise<void>; close: () => void } => {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: 2,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A letter is what we wrote: it never names a file or an address to be read into it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    deliver: async ({ to, subject, text, html }) => {
      await transport.sendMail({
        from,
        to: { name: "", address: to },
        subject,
        text,
        ...(html === undefined ? {} : { html }),
      });
    },
    close: () => {
      transport.close();
    },
  };
};

const withoutServer = ({ isProduction, log }: MailOptions): Mailer => ({
  isOn: false,
  send: ({ to, subject, text }) => {
    if (isProduction) log.event("warn", "mail_off", { why: "SMTP_URL is not set" });
    else log.event("info", "mail", { to, subject, text });
    return Promise.resolve();
  },
  close: () => Promise.resolve(),
});

interface Waiting {
  readonly letter: Letter;
  readonly tries: number;
}

const queueOf = (
  deliver: (letter: Letter) => Promise<void>,
  { log, retriesMs = RETRIES_MS }: MailOptions,
): { send: (letter: Letter) => void; close: () => Promise<void> } => {
  const waiting: Waiting[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let running: Promise<void> | null = null;
  let isClosed = false;
  const add = (one: Waiting): void => {
    if (isClosed) return;
    if (waiting.length + timers.size >= MAX_WAITING) {
      log.event("error", "mail_dropped", { why: "too many letters are waiting" });
      return;
    }
    waiting.push(one);
    running ??= work().finally(() => {
      running = null;
    });
  };
  const again = (one: Waiting, error: unknown): void => {
    const pause = retriesMs[one.tries];
    log.event(pause === undefined ? "error" : "warn", "mail_failed", {
      tries: one.tries + 1,
      final: pause === undefined,
    });
    log.fault(error, { requestId: "", route: "mail" });
    if (pause === undefined || isClosed) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      add({ ...one, tries: one.tries + 1 });
    }, pause);
    timer.unref();
    timers.add(timer);
  };
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      try {
        await deliver(one.letter);
      } catch (error) {
        again(one, error);
      }
    }
  };
  return {
    send: (letter) => {
      add({ letter, tries: 0 });
    },
    close: async () => {
      isClosed = true;
      waiting.length = 0;
      for (const timer of timers) clearTimeout(timer);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_MS);
      await Promise.race([running, promise]);
      clearTimeout(timer);
    },
  };
};

export const createMail = (options: MailOptions): Mailer => {
  const { smtpUrl, from, deliver } = options;
  const server = smtpUrl === null || from === null ? null : smtp(smtpUrl, from);
  const way = deliver ?? server?.deliver;
  if (way === undefined) return withoutServer(options);
  const queue = queueOf(way, options);
  return {
    isOn: true,
    send: (letter) => {
      queue.send(letter);
      return Promise.resolve();
    },
    close: async () => {
      await queue.close();
      server?.close();
    },
  };
};

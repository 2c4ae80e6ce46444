/**
 * The workers of a primary: started together, restarted when they die, drained when they are asked to, replaced one by one.
 *
 * A worker that ends is done with only when both are seen: that its process is gone, and that nothing more comes from it. Only then
 * may somebody else have what it held.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:cluster";

import type { Answers } from "./link.ts";
import { Link } from "./link.ts";
import type { News } from "./message.ts";

/** Pause before a dead worker is started again: doubled with each that dies before it is old. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that served so long did not die of how it was started. */
const OLD_MS = 30_000;
/** How long one may take until it serves. */
const START_MS = 60_000;
/** How long after its end something of it may still be in the channel. */
const DISCONNECT_MS = 1_000;

/** What the primary is to one worker. */
export interface Host {
  readonly answers: Answers;
  /** Called once, before anything is heard. */
  attach(link: Link): void;
  /** The process is gone and everything it said was heard. */
  gone(): Promise<void>;
}

export interface CrewOptions {
  /** Processes that serve, at least 1. */
  readonly count: number;
  readonly fork: () => Worker;
  readonly host: () => Host;
  /** Something to log, by a constant name. */
  readonly event: (name: CrewEvent, fields: Readonly<Record<string, string | number>>) => void;
}

/** A worker serves; could not; ended as it was told; or ended by itself, and is started again. */
export type CrewEvent = "worker_started" | "worker_failed" | "worker_ended" | "worker_died";

interface End {
  readonly pid: number;
  readonly code: number;
  readonly signal: string;
}

/** A worker that could not begin to serve: the text is one line, fit to be shown. */
export class WorkerFailed extends Error {
  override readonly name = "WorkerFailed";
}

interface Member {
  readonly worker: Worker;
  readonly link: Link;
  /** Resolves with the port; rejects with WorkerFailed. */
  readonly serving: Promise<number>;
  readonly ended: Promise<void>;
  isServing: boolean;
  /** Its end is wanted. */
  isLeaving: boolean;
  /** What it is to be told of its end as soon as it serves: it does not listen before. */
  untold: News["drain"] | null;
}

const dismiss = (member: Member, how: News["drain"]): void => {
  member.isLeaving = true;
  if (member.isServing) member.link.tell("drain", how);
  else member.untold = how;
};

export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Set<Member>();
  readonly #ended: Promise<void>;
  #allEnded: () => void = () => undefined;
  #isEnding = false;
  #isStarted = false;
  #isRolling = false;
  #deaths = 0;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve) => {
      this.#allEnded = resolve;
    });
  }

  /** Starts all of them. @returns the port they share @throws WorkerFailed, with all of them ended */
  async start(): Promise<number> {
    const members = Array.from({ length: this.#options.count }, () => this.#add());
    const starts = await Promise.allSettled(members.map(({ serving }) => serving));
    const failed = starts.find((start) => start.status === "rejected");
    const [first] = starts;
    if (failed !== undefined || first?.status !== "fulfilled") {
      await this.kill();
      throw failed?.reason ?? new WorkerFailed("No worker was started.");
    }
    this.#isStarted = true;
    return first.value;
  }

  /** Those that serve. */
  links(): Link[] {
    return [...this.#members].filter(({ isServing }) => isServing).map(({ link }) => link);
  }

  tell<Name extends keyof News>(name: Name, news: News[Name]): void {
    for (const { link } of this.#members) link.tell(name, news);
  }

  /** Drains all of them, and hurries them when called again. Resolves when none is left. */
  drain(grace: "balancers" | "none"): Promise<void> {
    this.#isEnding = true;
    for (const member of this.#members) dismiss(member, grace);
    if (this.#members.size === 0) this.#allEnded();
    return this.#ended;
  }

  /**
   * Replaces all of them: each new one serves before an old one is drained, and nothing is replaced again before the last old one has
   * ended, so that there are never more than twice as many. @throws WorkerFailed
   */
  async roll(): Promise<void> {
    if (this.#isRolling || this.#isEnding || !this.#isStarted) return;
    this.#isRolling = true;
    try {
      const olds = [...this.#members];
      for (const old of olds) {
        if (this.#isEnding || old.isLeaving) continue;
        await this.#add().serving;
        dismiss(old, "handover");
      }
      await Promise.all(olds.map(({ ended }) => ended));
    } finally {
      this.#isRolling = false;
    }
  }

  /** Ends them, asking nobody. */
  async kill(): Promise<void> {
    this.#isEnding = true;
    const members = [...this.#members];
    for (const { worker } of members) worker.process.kill("SIGKILL");
    await Promise.all(members.map(({ ended }) => ended));
  }

  #add(): Member {
    const host = this.#options.host();
    const worker = this.#options.fork();
    const link = new Link(
      {
        send: (message) => {
          // A channel that is closed is seen by its own event.
          worker.send(message as object, () => undefined);
        },
        onMessage: (heard) => worker.on("message", heard),
      },
      host.answers,
    );
    host.attach(link);
    const ended = this.#watch(worker);
    const member: Member = {
      worker,
      link,
      serving: startOf(worker, link, ended),
      ended: ended.then(async (end) => {
        link.close();
        member.isServing = false;
        await host.gone();
        this.#left(member, end);
      }),
      isServing: false,
      isLeaving: false,
      untold: null,
    };
    this.#members.add(member);
    const since = performance.now();
    member.serving.then(
      () => {
        member.isServing = true;
        this.#options.event("worker_started", { pid: worker.process.pid ?? 0 });
        if (member.untold !== null) link.tell("drain", member.untold);
      },
      (error: unknown) => {
        const why = error instanceof WorkerFailed ? error.message : "";
        if (this.#isStarted) this.#options.event("worker_failed", { pid: worker.process.pid ?? 0, why });
        // One that cannot start must not stay.
        worker.process.kill("SIGKILL");
      },
    );
    void ended.then(() => {
      if (performance.now() - since > OLD_MS) this.#deaths = 0;
    });
    return member;
  }

  /** Resolves when the process is gone and its channel empty. */
  async #watch(worker: Worker): Promise<End> {
    const disconnected = new Promise<void>((resolve) => worker.once("disconnect", resolve));
    // A channel that breaks while the process lives: it ends by itself, and is ended if it does not.
    worker.once("disconnect", () => {
      setTimeout(() => worker.process.kill("SIGKILL"), DISCONNECT_MS).unref();
    });
    worker.on("error", () => undefined);
    const exit = await new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      worker.once("exit", (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
    });
    await Promise.race([disconnected, sleep(DISCONNECT_MS, undefined, { ref: false })]);
    return { pid: worker.process.pid ?? 0, code: exit.code ?? -1, signal: exit.signal ?? "" };
  }

  #left(member: Member, end: End): void {
    this.#members.delete(member);
    if (this.#isEnding && this.#members.size === 0) this.#allEnded();
    const isWanted = member.isLeaving || this.#isEnding || !this.#isStarted;
    this.#options.event(isWanted ? "worker_ended" : "worker_died", { ...end });
    if (this.#isEnding || !this.#isStarted) return;
    // After one that was to go as well: while it was there, one that had died beside it was not missed.
    const pause = isWanted ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#deaths++);
    setTimeout(() => {
      const staying = [...this.#members].filter(({ isLeaving }) => !isLeaving).length;
      // Of those that were to replace others none is started again: the others stay.
      if (!this.#isEnding && staying < this.#options.count) this.#add();
    }, pause);
  }
}

/** Resolves with the port that a worker serves on. @throws WorkerFailed */
const startOf = (worker: Worker, link: Link, ended: Promise<End>): Promise<number> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new WorkerFailed(`A worker (process ${worker.process.pid}) did not serve in time.`));
    }, START_MS);
    link.on("serving", (port) => {
      clearTimeout(timer);
      resolve(port);
    });
    link.on("failed", (why) => {
      clearTimeout(timer);
      reject(new WorkerFailed(why));
    });
    void ended.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new WorkerFailed(`A worker ended before it served (${signal === "" ? `exit code ${code}` : signal}).`));
    });
  });

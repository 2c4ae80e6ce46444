/**
 * Looks after open tasks: takes those that are due, asks their providers, and writes what it hears. Any number of processes do so at
 * once; who takes a task moves its time on first, so that a provider is asked once per pause (I-50, I-52). What a worker held when its
 * process died is due again a minute later, since nothing of a task is in memory.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { taskToken } from "../ledger/task-lease-store.ts";
import type { Attempt } from "../ledger/ledger.ts";
import { VIDEO_APIS } from "../providers/video/index.ts";
import { NO_VERDICT, type Verdict, type VideoApi } from "../providers/video/video.ts";
import { callProvider, isSuccess, type Place } from "./call.ts";
import type { TaskServices } from "./services.ts";
import { GRAIN_MS, type Progress, type TaskStore } from "./store.ts";
import { ENDS, failedWith, isFinal, pauseFor, stepFor, type End, type Task } from "./task.ts";

/** How often it is looked what is due, milliseconds. */
const TICK_MS = 250;
/** Tasks that are taken at a time, and that one process has taken at most. */
const BATCH = 64;
const MOST_AT_ONCE = 256;
/** For how long a taken task is left alone while its job is looked for: longer than a call takes. */
const CLAIM_MS = 60_000;
/** How often the chore is begun, milliseconds. */
const CHORE_EVERY_MS = 1_000;
/** Lists in which a job was not found, after which it is believed that there is none. */
const SEARCHES = 3;
/** Clocks differ, and a provider's times are in whole seconds. */
const CLOCK_SLACK_MS = 120_000;
/** How long ended tasks are remembered; their charges are for ever. */
const MEMORY_MS = 30 * 24 * 60 * 60 * 1_000;
const STOP_MS = 1_000;
const PRUNE_EVERY_MS = 60 * 60 * 1_000;

/** What the tick does beside looking at tasks; it does not wait for it. */
export type Chore = () => Promise<void>;

/** Before anybody looks after the tasks of a SQLite file: what the last ones had taken is free. @throws the database's error */
export const recoverTasks = (store: TaskStore, now: number): Promise<void> =>
  store.recover(now, now + pauseFor(0, 0, false));

export class TaskWorker {
  readonly #services: TaskServices;
  readonly #chore: Chore;
  #timer: NodeJS.Timeout | undefined;
  #progress: Progress[] = [];
  /** Looks under way, by their tasks' requests. */
  readonly #looking = new Map<string, Promise<void>>();
  #ticking: Promise<void> | null = null;
  #choring: Promise<unknown> | null = null;
  #choredAt = 0;
  #prunedAt = 0;
  #isStopped = false;

  constructor(services: TaskServices, chore: Chore = async () => undefined) {
    this.#services = services;
    this.#chore = chore;
  }

  /** Begins to look. @param isAlone no other process submits tasks on this database @throws the database's error */
  async start({ isAlone, tickMs = TICK_MS }: { isAlone: boolean; tickMs?: number }): Promise<void> {
    if (isAlone) await recoverTasks(this.#services.store, this.#services.epochMs());
    this.#timer = setInterval(() => {
      this.#ticking ??= this.tick().finally(() => (this.#ticking = null));
    }, tickMs);
  }

  /** One round; looks may go on after it. Never throws: what fails is due again. */
  async tick(): Promise<void> {
    const { store } = this.#services;
    const now = this.#services.epochMs();
    try {
      await store.goOn(this.#progress.splice(0), now);
      const most = Math.min(BATCH, MOST_AT_ONCE - this.#looking.size);
      if (most > 0) for (const task of await store.claim(now, most, now + CLAIM_MS)) this.#begin(task);
      if (now - this.#choredAt >= CHORE_EVERY_MS) {
        this.#choredAt = now;
        this.#choring ??= this.#chore()
          .catch((error: unknown) => {
            if (!this.#isStopped) this.#services.onProblem("webhook", "", error);
          })
          .finally(() => (this.#choring = null));
      }
      if (now - this.#prunedAt >= PRUNE_EVERY_MS) {
        this.#prunedAt = now;
        await store.prune(now - MEMORY_MS);
      }
    } catch (error) {
      if (!this.#isStopped) this.#services.onProblem("poll", "", error);
    }
  }

  /** Resolves when all looks that were begun are over and written: for tests, and for the end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#looking.values());
    await this.#services.store.goOn(this.#progress.splice(0), this.#services.epochMs());
  }

  /** Takes no more tasks, and waits a little for what is under way: whatever is not written is looked at again. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#ticking;
    const waited = new AbortController();
    const looked = this.settled().catch(() => undefined);
    await Promise.race([Promise.all([looked, this.#choring]), sleep(STOP_MS, undefined, { signal: waited.signal })]);
    waited.abort();
  }

  #begin(task: Task): void {
    // A call may take longer than the pause: the look after it is left out.
    if (this.#looking.has(task.requestId)) return;
    const look = lookAt(this.#services, task)
      .then((progress) => {
        if (progress !== null) this.#progress.push(progress);
      })
      .catch((error: unknown) => {
        if (!this.#isStopped) this.#services.onProblem("settle", task.requestId, error);
      })
      .finally(() => this.#looking.delete(task.requestId));
    this.#looking.set(task.requestId, look);
  }
}

/** What is known of a task's place now; undefined when its upstream is gone or switched off. */
export const placeOfTask = (services: TaskServices, task: Task): Place | undefined => {
  const upstream = services.installation().upstreams.get(task.upstream);
  const surface = upstream?.provider.videos?.find(({ api }) => api === task.api);
  return upstream === undefined || surface === undefined ? undefined : { upstream, surface };
};

/** What the provider says of a task's job now. */
export const verdictOf = async (services: TaskServices, task: Task, place: Place, job: string): Promise<Verdict> => {
  const api: VideoApi = VIDEO_APIS[task.api];
  const token = taskToken(await services.store.hold(task));
  const answer = await callProvider(services.client, token, place, api.poll(job));
  // Timeouts, a job that is not known for a moment, 5xx, and what cannot be read are no verdict (I-52).
  if (answer.kind === "silence" || !isSuccess(answer.status) || answer.body === null) return NO_VERDICT;
  return api.verdict(answer.body, task.asked);
};

const attemptsOf = (task: Task, status: number | null, result: string): readonly Attempt[] => [
  ...task.tried,
  { upstream: task.upstream, model: task.upstreamModel, status, result, durationMs: 0 },
];

/** Ends a task. @returns whether this was who ended it */
export const endTask = async (services: TaskServices, task: Task, end: End): Promise<boolean> => {
  const isWell = end.state === "succeeded";
  const attempts = attemptsOf(task, isWell ? 200 : null, isWell ? "ok" : (end.error ?? end.state));
  const ending = await services.store.end(task, end, { attempts, status: 200 }, services.epochMs());
  if (ending.kind === "stands" && ending.task.state !== end.state)
    services.onProblem("anomaly", task.requestId, new Error(`${end.state} after ${ending.task.state}`));
  return ending.kind === "ended";
};

/** Looks at one task. @returns what is to be written of one that goes on; null: nothing, all is as it was when it was taken */
const lookAt = async (services: TaskServices, task: Task): Promise<Progress | null> => {
  const place = placeOfTask(services, task);
  if (task.job === null) return resolve(services, task, place);
  const verdict = place === undefined ? NO_VERDICT : await verdictOf(services, task, place, task.job);
  const now = services.epochMs();
  const step = stepFor(task, verdict, now, VIDEO_APIS[task.api].keptMs);
  if (step.kind === "end") {
    try {
      await endTask(services, task, step.end);
    } catch (error) {
      // A row that the database refuses is tried again until the deadline; then the customer gets his money back (§9.2 i).
      if (now < task.deadlineAt) throw error;
      await endTask(services, task, ENDS.lost);
    }
    if (step.end === ENDS.lost && place !== undefined) await cancelJob(services, task, place, task.job);
    return null;
  }
  const misses = step.kind === "miss" ? task.misses + 1 : 0;
  const state = step.kind === "miss" ? openState(task) : step.state;
  const pauseMs = pauseFor(now - task.createdAt, misses, place?.upstream.sandbox ?? false);
  const dueAt = Math.min(now + pauseMs, later(task.deadlineAt, now));
  // Who took it has moved its next look on already, by the pause of a look that changes nothing.
  if (state === task.state && misses === task.misses && misses === 0 && dueAt >= task.dueAt - GRAIN_MS) return null;
  return { requestId: task.requestId, state, dueAt, misses };
};

const openState = ({ state }: Task): Progress["state"] => (isFinal(state) ? "running" : state);

/** The last look is at the deadline, not long after it. */
const later = (deadlineAt: number, now: number): number => Math.max(deadlineAt, now + TICK_MS);

/** Asks the provider to stop a job. @returns whether it said that it would */
export const cancelJob = async (services: TaskServices, task: Task, place: Place, job: string): Promise<boolean> => {
  const { cancel } = VIDEO_APIS[task.api];
  if (cancel === undefined) return false;
  const token = taskToken(await services.store.hold(task));
  const answer = await callProvider(services.client, token, place, cancel(job));
  return answer.kind === "answer" && isSuccess(answer.status);
};

/**
 * Looks for the job of a task that was broken off while it was submitted: never by asking for it again (I-54). A provider that keeps
 * no list, or not one that shows which job is whose, cannot be asked; the task is lost then, and cost nothing.
 */
const resolve = async (services: TaskServices, task: Task, place: Place | undefined): Promise<Progress | null> => {
  const { search } = VIDEO_APIS[task.api];
  const now = services.epochMs();
  if (search === undefined || now >= task.deadlineAt) {
    await endTask(services, task, ENDS.lost);
    return null;
  }
  const jobs = place === undefined ? undefined : await jobsOf(services, task, place);
  const unclaimed: string[] = [];
  for (const job of jobs ?? []) if (!(await services.store.isKnown(task.upstream, job))) unclaimed.push(job);
  const [job, other] = unclaimed;
  const isSandbox = place?.upstream.sandbox ?? false;
  if (job !== undefined && other === undefined) {
    await services.store.submitted(task.requestId, job, now + pauseFor(0, 0, isSandbox));
    return null;
  }
  // Two jobs with one reference: nobody can tell whose is whose.
  const misses = task.misses + (jobs === undefined || other !== undefined ? 0 : 1);
  if (misses >= SEARCHES) {
    await endTask(services, task, failedWith("upstream_failed"));
    return null;
  }
  return { requestId: task.requestId, state: "submitting", dueAt: now + pauseFor(0, misses, isSandbox), misses };
};

/** The provider's jobs that have the task's reference; undefined where it did not say. */
const jobsOf = async (services: TaskServices, task: Task, place: Place): Promise<readonly string[] | undefined> => {
  const { search } = VIDEO_APIS[task.api];
  if (search === undefined) return undefined;
  const token = taskToken(await services.store.hold(task));
  const answer = await callProvider(services.client, token, place, search.call(task.upstreamModel));
  if (answer.kind === "silence" || !isSuccess(answer.status) || answer.body === null) return undefined;
  const sinceSeconds = Math.floor((task.createdAt - CLOCK_SLACK_MS) / 1_000);
  return search.found(answer.body, { reference: task.reference, sinceSeconds });
};

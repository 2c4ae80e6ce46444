/** Steps of video tasks: leases that belong to no node, and ends that several hear of at once, each its own (I-50, §9.11). */
import { expect } from "vitest";

import { newRequestId } from "../../src/id.ts";
import { TaskStore, type NewTask } from "../../src/tasks/store.ts";
import { failedWith, type End } from "../../src/tasks/task.ts";
import { costOf } from "./model.ts";
import { accountOf, expectRefusal, type OpenTask, type SimState, type StepOf } from "./state.ts";

/** No clock decides here. */
const NOW = 1_800_000_000_000;
const NEW: NewTask = {
  upstream: "u",
  api: "ark",
  upstreamModel: "m-1",
  model: "m",
  format: "flat",
  reference: 7,
  asked: { seconds: 5, resolution: "720p", ratio: null },
  deadlineAt: NOW + 1_000_000,
  webhook: null,
};
const FACTS = { attempts: [], status: 200 };

const success = (input: number): End => ({
  state: "succeeded",
  outcome: "completed",
  usage: { input },
  source: "reported",
  result: {
    url: "https://videos.example/1",
    seconds: 5,
    resolution: "720p",
    ratio: null,
    usage: { input },
    expiresAt: NOW,
  },
  error: null,
});

export class Tasks {
  readonly #state: SimState;
  readonly #store: TaskStore;

  constructor(state: SimState) {
    this.#state = state;
    this.#store = new TaskStore(state.rig.outside);
  }

  async begin({ account, amount }: StepOf<"task">): Promise<void> {
    const { id: accountId, keyId, budget } = accountOf(account);
    const task = {
      requestId: newRequestId(),
      accountId,
      keyId,
      hold: BigInt(amount),
      snapshot: this.#state.snapshotOf(accountId),
      isEnded: false,
    };
    try {
      await this.#store.create({ ...task, amount: task.hold, hasBudget: budget !== null }, NEW, NOW, NOW);
      await this.#store.submitted(task.requestId, task.requestId, NOW);
    } catch (error) {
      expectRefusal(error);
      return;
    }
    this.#state.tasks.push(task);
  }

  /** Several hear of an end at once, and not of the same one. */
  async end({ pick, input, isFailure, times }: StepOf<"end task">): Promise<void> {
    const { tasks } = this.#state;
    const task = tasks[pick % Math.max(1, tasks.length)];
    if (task === undefined) return;
    await this.#end(
      task,
      Array.from({ length: times }, (_, index) =>
        isFailure === (index % 2 === 0) ? failedWith("upstream_failed") : success(input + index),
      ),
    );
  }

  async endAll(): Promise<void> {
    for (const task of this.#state.tasks) if (!task.isEnded) await this.#end(task, [success(7)]);
  }

  async #end(open: OpenTask, ends: readonly End[]): Promise<void> {
    const task = await this.#store.find(open.requestId);
    if (task === null) throw new Error("a task is gone");
    const endings = await Promise.all(ends.map((end) => this.#store.end(task, end, FACTS, NOW)));
    const ended = endings.flatMap((ending, index) => (ending.kind === "ended" ? [{ ending, end: ends[index] }] : []));
    expect(ended, "I-50: a task ends once").toHaveLength(open.isEnded ? 0 : 1);
    open.isEnded = true;
    const [only] = ended;
    if (only === undefined) return;
    const { requestId, accountId, keyId, hold: held, snapshot } = open;
    const full = costOf(snapshot, { input: only.end?.usage.input ?? 0, output: 0 });
    const due = full < held ? full : held;
    const { receipt } = only.ending;
    expect(receipt.charge).toBe(due);
    this.#state.requests.set(requestId, { accountId, keyId, snapshot, held, due, full, mayBeLost: false, receipt });
  }
}

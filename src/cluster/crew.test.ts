/** Who is started, again and instead of whom: workers that are only told of. What real ones do is in test/cluster/workers.test.ts. */
import type { Worker } from "node:cluster";
import { EventEmitter } from "node:events";

import { describe, expect, it, vi } from "vitest";

import { Crew, WorkerFailed, type CrewEvent } from "./crew.ts";

/** A process that says what it is told to say. */
class FakeWorker extends EventEmitter {
  readonly heard: unknown[] = [];
  readonly process: { readonly pid: number; readonly kill: (signal: string) => void };
  isOver = false;

  constructor(pid: number) {
    super();
    this.process = {
      pid,
      kill: (signal) => {
        this.end(null, signal);
      },
    };
  }

  send(message: { readonly tell?: string; readonly body?: unknown }): void {
    this.heard.push(message);
  }

  serve(): void {
    this.emit("message", { tell: "serving", body: 8080 });
  }

  end(code: number | null, signal: string | null = null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.emit("exit", code, signal);
    this.emit("disconnect");
  }
}

/** @param serves whether the worker with this number, from 1, serves at once, or why not; null: it says nothing */
const crewOf = (count: number, serves: (pid: number) => true | string | null) => {
  const workers: FakeWorker[] = [];
  const gone: number[] = [];
  const events: CrewEvent[] = [];
  const crew = new Crew({
    count,
    fork: () => {
      const worker = new FakeWorker(workers.length + 1);
      workers.push(worker);
      const how = serves(worker.process.pid);
      setImmediate(() => {
        if (how === true) worker.serve();
        else if (how !== null) worker.emit("message", { tell: "failed", body: how });
      });
      return worker as unknown as Worker;
    },
    host: () => {
      const pid = workers.length + 1;
      return {
        answers: {},
        attach: () => undefined,
        gone: async () => {
          gone.push(pid);
        },
      };
    },
    event: (name) => events.push(name),
  });
  const living = (): number[] => workers.filter(({ isOver }) => !isOver).map(({ process: { pid } }) => pid);
  return { crew, workers, gone, events, living };
};

const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5_000, interval: 5 });

describe("a start", () => {
  it("is over when all serve", async () => {
    const { crew, living } = crewOf(3, () => true);
    expect(await crew.start()).toBe(8080);
    expect(living()).toEqual([1, 2, 3]);
    expect(crew.links()).toHaveLength(3);
  });

  it("that fails in one fails whole, with its line, and none stays", async () => {
    const { crew, living, gone } = crewOf(3, (pid) => pid !== 2 || "Port 8080 is in use.");
    await expect(crew.start()).rejects.toThrow(new WorkerFailed("Port 8080 is in use."));
    expect(living()).toEqual([]);
    expect(new Set(gone)).toEqual(new Set([1, 2, 3]));
  });
});

it("one that dies is started again, and what it held was given back before", async () => {
  const { crew, workers, gone, living, events } = crewOf(2, () => true);
  await crew.start();
  workers[0]!.end(null, "SIGKILL");
  await soon(() => expect(living()).toEqual([2, 3]));
  expect(gone).toEqual([1]);
  expect(events).toContain("worker_died");
});

it("one that cannot be started again is tried again, with a longer pause", async () => {
  const { crew, workers, living, events } = crewOf(1, (pid) => pid === 1 || pid === 4 || "no");
  await crew.start();
  workers[0]!.end(1);
  await soon(() => expect(living()).toEqual([4]));
  expect(events.filter((name) => name === "worker_failed")).toHaveLength(2);
});

describe("a replacement", () => {
  it("serves before the old one is told to go", async () => {
    const { crew, workers, living } = crewOf(2, () => true);
    await crew.start();
    const rolled = crew.roll();
    await soon(() => expect(living()).toEqual([1, 2, 3, 4]));
    await soon(() => expect(workers[1]!.heard).toEqual([{ tell: "drain", body: "handover" }]));
    for (const old of workers.slice(0, 2)) old.end(0);
    await rolled;
    expect(living()).toEqual([3, 4]);
    expect(crew.links()).toHaveLength(2);
  });

  it("that cannot serve leaves the old ones as they are, and none is added in its place", async () => {
    const { crew, workers, living } = crewOf(2, (pid) => pid < 3 || "no");
    await crew.start();
    await expect(crew.roll()).rejects.toThrow("no");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(living()).toEqual([1, 2]);
    expect(workers).toHaveLength(3);
    expect(workers[0]!.heard).toEqual([]);
  });
});

describe("one that does not serve yet", () => {
  /** Two of them, of which the first dies; the one in its place does not serve before it is told to. */
  const begin = async () => {
    const made = crewOf(2, (pid) => pid !== 3 || null);
    await made.crew.start();
    made.workers[0]!.end(null, "SIGKILL");
    await soon(() => expect(made.living()).toEqual([2, 3]));
    return made;
  };

  it("is told to go when it does: it does not listen before", async () => {
    const { crew, workers } = await begin();
    const drained = crew.drain("balancers");
    workers[1]!.end(0);
    expect(workers[2]!.heard).toEqual([]);
    workers[2]!.serve();
    await soon(() => expect(workers[2]!.heard).toEqual([{ tell: "drain", body: "balancers" }]));
    workers[2]!.end(0);
    await drained;
  });

  it("is replaced as well, when it does", async () => {
    const { crew, workers, living } = await begin();
    const rolled = crew.roll();
    await soon(() => expect(crew.links()).toHaveLength(3));
    expect(living()).toEqual([2, 3, 4, 5]);
    expect(workers[2]!.heard).toEqual([]);
    workers[1]!.end(0);
    workers[2]!.serve();
    await soon(() => expect(workers[2]!.heard).toEqual([{ tell: "drain", body: "handover" }]));
    workers[2]!.end(0);
    await rolled;
    expect(living()).toEqual([4, 5]);
  });
});

it("one that died while another was being replaced is missed when that one has gone", async () => {
  const { crew, workers, living } = crewOf(2, (pid) => pid !== 3 || null);
  await crew.start();
  workers[0]!.end(null, "SIGKILL");
  await soon(() => expect(crew.links()).toHaveLength(1));
  const rolled = crew.roll();
  // Longer than the pause before a new one: the old one and the one that is to replace it are two.
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(living()).toEqual([2, 3]);
  workers[2]!.serve();
  await soon(() => expect(workers[1]!.heard).toHaveLength(1));
  workers[1]!.end(0);
  await rolled;
  await soon(() => expect(living()).toEqual([3, 4]));
});

it("a drain ends all of them and starts none again; a second one hurries", async () => {
  const { crew, workers, living } = crewOf(2, () => true);
  await crew.start();
  const drained = crew.drain("balancers");
  void crew.drain("none");
  for (const worker of workers) {
    expect(worker.heard).toEqual([
      { tell: "drain", body: "balancers" },
      { tell: "drain", body: "none" },
    ]);
    worker.end(0);
  }
  await drained;
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(living()).toEqual([]);
  expect(workers).toHaveLength(2);
});

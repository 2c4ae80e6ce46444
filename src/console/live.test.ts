import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { RequestLine } from "../usage/figures.ts";
import type { Listener } from "../usage/tail.ts";
import { liveEvents } from "./live.ts";
import type { ConsoleServices } from "./services.ts";
import type { Viewer } from "./viewer.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const viewer: Viewer = {
  userId: "1",
  publicId: "usr_1",
  email: "ann@example.org",
  name: "Ann",
  installationRole: null,
  memberships: [{ accountId: 1, accountPublicId: "acc_1", role: "member" }],
  views: [],
  sessionId: "ses_1",
  signedInAt: 0,
  steppedUpAt: 0,
  needsSecondFactor: false,
};

const line = (id: string): RequestLine => ({ id }) as RequestLine;

const world = () => {
  const state = { viewer: viewer as Viewer | null, isServing: true, listeners: new Set<Listener>() };
  const services = {
    now: () => 0,
    isServing: () => state.isServing,
    people: { viewerOf: () => Promise.resolve(state.viewer) },
    tail: {
      listen: (_account: number | null, _since: string | null, listener: Listener) => {
        state.listeners.add(listener);
        return () => state.listeners.delete(listener);
      },
    },
  } as unknown as ConsoleServices;
  const leaving = new AbortController();
  const request = new Request("http://localhost/");
  const order = { accountId: 1, access: "account:read", write: ({ id: own }: RequestLine) => ({ id: own }) } as const;
  const events = liveEvents({ services, viewer, request, signal: leaving.signal }, "acc_1", order);
  const reader = events[Symbol.asyncIterator]();
  /** The next piece, however long it takes. */
  const next = async (): Promise<string | undefined> => {
    const pending = reader.next();
    const came: IteratorResult<string>[] = [];
    void pending.then((result) => came.push(result));
    for (let step = 0; step < 120 && came.length === 0; step++) await vi.advanceTimersByTimeAsync(1_000);
    const [result] = came;
    return result?.done === false ? result.value : undefined;
  };
  return { state, next, leave: () => leaving.abort() };
};

describe("a live view", () => {
  it("ends within a minute for who may not look any more, and listens no longer", async () => {
    const { state, next } = world();
    expect(await next()).toContain("event: open");
    state.viewer = { ...viewer, memberships: [] };
    const before = performance.now();
    expect(await next()).toContain('event: end\ndata: {"reason":"signed-out"}');
    expect(performance.now() - before).toBeLessThanOrEqual(60_000);
    expect(await next()).toBeUndefined();
    expect(state.listeners.size).toBe(0);
  });

  it("ends for who has signed out, and by a word when the server ends", async () => {
    const out = world();
    await out.next();
    out.state.viewer = null;
    expect(await out.next()).toContain("signed-out");
    const drained = world();
    await drained.next();
    drained.state.isServing = false;
    expect(await drained.next()).toContain("restart");
    expect(await drained.next()).toBeUndefined();
    expect(drained.state.listeners.size).toBe(0);
  });

  it("keeps the newest for a reader who does not read, and says how many it left out", async () => {
    const { state, next, leave } = world();
    await next();
    const many = Array.from({ length: 520 }, (_, index) => line(`req_${index}`));
    for (const listener of state.listeners) listener(many);
    const told = (await next()) ?? "";
    expect(told.startsWith('event: skipped\ndata: {"count":20}\n\n')).toBe(true);
    expect(told.split("event: request")).toHaveLength(501);
    expect(told).toContain("id: req_519\n");
    leave();
    expect(await next()).toBeUndefined();
    expect(state.listeners.size).toBe(0);
  });

  it("that nobody ever read gives its place back when its reader leaves", () => {
    for (let index = 0; index < 10; index++) {
      const { state, leave } = world();
      leave();
      expect(state.listeners.size).toBe(0);
    }
  });
});

import { describe, expect, it } from "vitest";

import { RunningStreams } from "./running.ts";

const setUp = () => {
  const state = { now: 0, stopped: [] as number[], asked: [] as (readonly number[])[], failures: [] as unknown[] };
  const running = new RunningStreams({
    findStopped: async (keyIds) => {
      state.asked.push(keyIds);
      return keyIds.filter((id) => state.stopped.includes(id));
    },
    now: () => state.now,
    failed: (error) => state.failures.push(error),
  });
  const ended: string[] = [];
  const enter = (name: string, keyId: number, receivedAt = state.now) =>
    running.enter({ keyId, receivedAt, end: () => ended.push(name) });
  return { state, running, ended, enter };
};

describe("streams that run (E116)", () => {
  it("end when their key is stopped, all of them, once; those of other keys go on", async () => {
    const { state, running, ended, enter } = setUp();
    enter("a", 1);
    enter("b", 1);
    enter("c", 2);
    state.stopped = [1];
    await running.look();
    await running.look();
    expect(ended).toEqual(["a", "b"]);
    expect(state.asked).toEqual([[1, 2], [2]]);
  });

  it("that are over are asked about no more", async () => {
    const { state, running, ended, enter } = setUp();
    const leave = enter("a", 1);
    leave();
    leave();
    state.stopped = [1];
    await running.look();
    expect([state.asked, ended]).toEqual([[], []]);
  });

  it("whose key was read before a change and which begin after it are looked at by themselves", async () => {
    const { state, running, ended, enter } = setUp();
    state.now = 10;
    await running.look();
    state.stopped = [1, 2];
    enter("late", 1, 9);
    enter("new", 2, 11);
    await Promise.resolve();
    await Promise.resolve();
    expect([state.asked, ended]).toEqual([[[1]], ["late"]]);
  });
});

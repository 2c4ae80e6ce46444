import { describe, expect, it, vi } from "vitest";

import { CIRCUIT } from "./circuit.ts";
import { RETRY_LEAST, Traffic, type CallEnd, type Pass, type Place } from "./traffic.ts";

const place = (changes: Partial<Place> = {}): Place => ({
  upstream: "a",
  model: "m",
  maxConcurrent: 3,
  sandbox: false,
  ...changes,
});

const begun = (traffic: Traffic, at: Place, retry = false): Pass => {
  const pass = traffic.begin(at, retry);
  if (pass === null) throw new Error("was turned away");
  return pass;
};

const calls = (traffic: Traffic, at: Place, end: CallEnd, times: number): void => {
  for (let i = 0; i < times; i++) traffic.end(begun(traffic, at), end);
};

const clock = (): { now: number } => ({ now: 1_000_000 });

describe("Traffic", () => {
  it.each<[CallEnd["kind"], { same: boolean; other: boolean }]>([
    ["unreachable", { same: false, other: false }],
    ["failed", { same: false, other: true }],
    ["ok", { same: true, other: true }],
    ["none", { same: true, other: true }],
  ])("%s in a row: what is still called of the upstream's models", (kind, expected) => {
    const time = clock();
    const traffic = new Traffic(() => time.now);
    calls(traffic, place(), { kind } as CallEnd, CIRCUIT.consecutive);
    expect(traffic.wait(place()) === 0).toBe(expected.same);
    expect(traffic.wait(place({ model: "other" })) === 0).toBe(expected.other);
    expect(traffic.wait(place({ upstream: "b" }))).toBe(0);
  });

  it("leaves a busy model alone for as long as its provider says, and no other (B34)", () => {
    const time = clock();
    const traffic = new Traffic(() => time.now);
    calls(traffic, place(), { kind: "busy", coolDownMs: 7_000 }, 1);
    expect(traffic.wait(place())).toBe(7_000);
    expect(traffic.wait(place({ model: "other" }))).toBe(0);
    time.now += 7_000;
    expect(traffic.wait(place())).toBe(0);
  });

  it("closes the whole upstream when it refuses our credential (B37)", () => {
    const time = clock();
    const traffic = new Traffic(() => time.now);
    calls(traffic, place(), { kind: "refused" }, 1);
    expect(traffic.wait(place({ model: "other" }))).toBeGreaterThan(0);
  });

  it("has no more calls in flight than it may, and counts each once (B61)", () => {
    const time = clock();
    const traffic = new Traffic(() => time.now);
    const passes = [1, 2, 3].map(() => begun(traffic, place()));
    expect(traffic.begin(place({ model: "other" }), false)).toBeNull();
    expect(traffic.begin(place({ upstream: "b" }), false)).not.toBeNull();
    for (const pass of passes) traffic.end(pass, { kind: "none" });
    expect(traffic.begin(place(), false)).not.toBeNull();
    expect(traffic.inFlight.get("a")).toBe(1);
  });

  it("keeps retries within their share of what is active (I-38)", () => {
    const time = clock();
    const traffic = new Traffic(() => time.now);
    const wide = place({ maxConcurrent: 1_000 });
    const retries = Array.from({ length: RETRY_LEAST }, () => begun(traffic, wide, true));
    expect(traffic.begin(wide, true)).toBeNull();
    for (let i = 0; i < 100; i++) traffic.enter();
    for (let i = RETRY_LEAST; i < 20; i++) retries.push(begun(traffic, wide, true));
    expect(traffic.begin(wide, true)).toBeNull();
    for (const pass of retries) traffic.end(pass, { kind: "ok" });
    expect(traffic.mayRetry).toBe(true);
  });

  it("tells of openings and closings once each", () => {
    const time = clock();
    const onCircuit = vi.fn<(upstream: string, model: string | null, open: boolean) => void>();
    const traffic = new Traffic(() => time.now, { onCircuit });
    calls(traffic, place(), { kind: "failed" }, CIRCUIT.consecutive);
    time.now += CIRCUIT.firstOpenMs;
    calls(traffic, place(), { kind: "ok" }, 2);
    expect(onCircuit.mock.calls).toEqual([
      ["a", "m", true],
      ["a", "m", false],
    ]);
  });

  it("never keeps the sandbox from failing", () => {
    const traffic = new Traffic(() => 1);
    calls(traffic, place({ sandbox: true }), { kind: "unreachable" }, 50);
    expect(traffic.wait(place({ sandbox: true }))).toBe(0);
  });
});

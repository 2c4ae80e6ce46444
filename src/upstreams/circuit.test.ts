import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Circuit, CIRCUIT, type Verdict } from "./circuit.ts";

const T = 1_000_000;

const fail = (circuit: Circuit, times: number, at = T): void => {
  for (let i = 0; i < times; i++) circuit.end("failed", circuit.begin(at), at);
};

describe("Circuit", () => {
  it("opens after so many failures in a row, and not before (B24, B35)", () => {
    const circuit = new Circuit();
    fail(circuit, CIRCUIT.consecutive - 1);
    expect(circuit.wait(T)).toBe(0);
    fail(circuit, 1);
    expect(circuit.wait(T)).toBe(CIRCUIT.firstOpenMs);
  });

  it("forgets failures in a row when one call succeeds", () => {
    const circuit = new Circuit();
    for (let i = 0; i < 4; i++) {
      fail(circuit, CIRCUIT.consecutive - 1, T + i * CIRCUIT.windowMs);
      circuit.end("ok", false, T + i * CIRCUIT.windowMs);
    }
    expect(circuit.isOpen).toBe(false);
  });

  it("opens when half of the calls of the window fail", () => {
    const circuit = new Circuit();
    for (let i = 0; i < CIRCUIT.least / 2; i++) {
      circuit.end("ok", false, T);
      circuit.end("failed", false, T);
    }
    expect(circuit.isOpen).toBe(true);
  });

  it("does not count what is older than the window", () => {
    const circuit = new Circuit();
    for (let i = 0; i < CIRCUIT.least; i++) {
      const at = T + i * CIRCUIT.windowMs;
      circuit.end("failed", false, at);
      circuit.end("ok", false, at);
      circuit.end("ok", false, at);
    }
    expect(circuit.isOpen).toBe(false);
  });

  it("lets one probe through when its time is over; the probe decides", () => {
    const circuit = new Circuit();
    fail(circuit, CIRCUIT.consecutive);
    const then = T + CIRCUIT.firstOpenMs;
    expect(circuit.wait(then)).toBe(0);
    const probe = circuit.begin(then);
    expect(probe).toBe(true);
    expect(circuit.wait(then)).toBeGreaterThan(0);
    circuit.end("failed", probe, then);
    expect(circuit.wait(then)).toBe(2 * CIRCUIT.firstOpenMs);
    const later = then + 2 * CIRCUIT.firstOpenMs;
    circuit.end("ok", circuit.begin(later), later);
    expect(circuit.isOpen).toBe(false);
    expect(circuit.wait(later)).toBe(0);
  });

  it("a probe that says nothing gives way to the next", () => {
    const circuit = new Circuit();
    fail(circuit, CIRCUIT.consecutive);
    const then = T + CIRCUIT.firstOpenMs;
    circuit.end("none", circuit.begin(then), then);
    expect(circuit.wait(then)).toBe(0);
    circuit.begin(then);
    expect(circuit.wait(then + CIRCUIT.probeMs + 1)).toBe(0);
  });

  it("calls that began before it opened do not open it for longer", () => {
    const circuit = new Circuit();
    fail(circuit, CIRCUIT.consecutive);
    for (let i = 0; i < 50; i++) circuit.end("failed", false, T);
    expect(circuit.wait(T)).toBe(CIRCUIT.firstOpenMs);
  });

  it("waits as long as the provider asked, but not for ever, and calls that no failure (B34)", () => {
    const circuit = new Circuit();
    circuit.coolDown(7_000, T);
    expect(circuit.wait(T)).toBe(7_000);
    expect(circuit.wait(T + 7_000)).toBe(0);
    expect(circuit.isOpen).toBe(false);
    circuit.coolDown(1e12, T);
    expect(circuit.wait(T)).toBe(CIRCUIT.longestCoolMs);
    circuit.coolDown(1, T);
    expect(circuit.wait(T)).toBe(CIRCUIT.longestCoolMs);
  });

  it("whatever happens, the wait is bounded and ends in a call that may be made", () => {
    const step = fc.record({
      verdict: fc.constantFrom<Verdict>("ok", "failed", "none"),
      gap: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const circuit = new Circuit();
        let now = T;
        for (const { verdict, gap } of steps) {
          now += gap;
          const wait = circuit.wait(now);
          expect(wait).toBeLessThanOrEqual(CIRCUIT.longestOpenMs);
          now += wait;
          expect(circuit.wait(now)).toBe(0);
          circuit.end(verdict, circuit.begin(now), now);
        }
      }),
    );
  });
});

import { expect, it } from "vitest";

import { packAttempts, unpackAttempts } from "./attempt.ts";

it("attempts come back as they were packed", () => {
  const attempts = [
    { upstream: "a", model: 'm"1', status: null, result: "upstream_timeout", durationMs: 12 },
    { upstream: "b", model: "m2", status: 200, result: "ok", durationMs: 3 },
  ];
  expect(unpackAttempts(packAttempts(attempts))).toEqual(attempts);
  expect(packAttempts([])).toBeNull();
  expect(unpackAttempts(null)).toEqual([]);
});

import fc from "fast-check";
import { expect, it } from "vitest";

import type { Usage } from "../../unit.ts";
import { readUsage } from "./meter.ts";
import { writeUsage } from "./usage.ts";

const count = fc.nat({ max: 1_000_000 });
const some = fc.integer({ min: 1, max: 1_000_000 });

const usages: fc.Arbitrary<Usage> = fc
  .tuple(
    fc.record({ input: count, output: count }),
    fc.record(
      { cache_read: some, cache_write_5m: some, cache_write_1h: some, reasoning: some, web_search: some },
      { requiredKeys: [] },
    ),
  )
  .map(([always, sometimes]) => ({ ...always, ...sometimes }));

it("is read by the meter as what was written (I-17)", () => {
  fc.assert(
    fc.property(usages, (usage) => {
      expect(readUsage(writeUsage(usage))).toEqual({ usage, invalid: false });
    }),
  );
});

it("counts input without what was cached, and has every member that clients read (B50)", () => {
  expect(
    writeUsage({
      input: 10,
      image_input: 4,
      audio_input: 1,
      cache_read: 5,
      cache_write_1h: 2,
      output: 6,
      reasoning: 9,
    }),
  ).toEqual({
    input_tokens: 15,
    cache_creation_input_tokens: 2,
    cache_read_input_tokens: 5,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2 },
    output_tokens: 15,
    output_tokens_details: { thinking_tokens: 9 },
    service_tier: "standard",
  });
  expect(writeUsage({})).toMatchObject({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0 });
});

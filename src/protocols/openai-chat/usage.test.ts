import fc from "fast-check";
import { expect, it } from "vitest";

import type { Usage } from "../../unit.ts";
import { readUsage } from "./meter.ts";
import { writeUsage } from "./usage.ts";

const count = fc.nat({ max: 1_000_000 });
const some = fc.integer({ min: 1, max: 1_000_000 });

/** Usages that a meter can give: input and output always, the other units only above zero. */
const usages: fc.Arbitrary<Usage> = fc
  .tuple(
    fc.record({ input: count, output: count }),
    fc.record(
      {
        cache_read: some,
        cache_write_5m: some,
        cache_write_1h: some,
        audio_input: some,
        reasoning: some,
        audio_output: some,
        image_output: some,
        web_search: some,
      },
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

it("counts cached and written tokens into the prompt, and reasoning into the completion (B50)", () => {
  expect(
    writeUsage({
      input: 10,
      cache_read: 5,
      cache_write_5m: 3,
      cache_write_1h: 2,
      image_input: 4,
      output: 6,
      reasoning: 9,
    }),
  ).toEqual({
    prompt_tokens: 24,
    completion_tokens: 15,
    total_tokens: 39,
    prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 5, audio_tokens: 0, image_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 9, audio_tokens: 0 },
    cache_read_input_tokens: 5,
    cache_creation_input_tokens: 5,
    cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 2 },
  });
});

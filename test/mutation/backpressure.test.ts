/** C63: a client that takes its time makes the provider wait; what lies with the gateway stays bounded, whatever the two speak. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { PROTOCOL_IDS } from "../../src/protocols/protocol.ts";
import { ownStream, WORDS } from "../../src/protocols/fixtures/streams.ts";
import { startMutationRig, type Rig } from "./rig.ts";

const PAIRS = PROTOCOL_IDS.flatMap((upstream) => PROTOCOL_IDS.map((client) => [upstream, client] as const));
const PIECE_BYTES = 4_096;
const WINDOW_BYTES = 64 * 1024;
/** What one piece may become in another dialect, whose events are longer than a provider's at their shortest. */
const GROWTH = 8;

let rig: Rig;
beforeAll(async () => {
  rig = await startMutationRig();
});
afterAll(() => rig.close());

describe("a slow reader", () => {
  it.each(PAIRS)("of %s for %s", async (upstream, client) => {
    const bytes = Buffer.from(ownStream(upstream, { ...WORDS, text: "slow 😀 ".repeat(1_000) }));
    const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE_BYTES) }, (_, i) =>
      bytes.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
    );
    const free = await rig.run({ client, upstream, pieces, end: "end" });
    const slow = await rig.run({ client, upstream, pieces, end: "end", window: WINDOW_BYTES });
    expect(slow.settlements).toMatchObject([{ outcome: "completed", usage: free.settlements[0]?.usage }]);
    expect(slow.text.length).toBe(free.text.length);
    expect(slow.mostWaiting).toBeLessThanOrEqual(WINDOW_BYTES + PIECE_BYTES * GROWTH);
    expect(free.mostWaiting).toBeGreaterThan(slow.mostWaiting);
  });
});

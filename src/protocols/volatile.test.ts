/** What an agent changes with every prompt does not cost other providers' caches (DESIGN §9.14, docs/decisions/0024). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { aTarget } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import type { ProtocolId, Quirks } from "./protocol.ts";
import { relay } from "./relay.ts";

/** A prompt of a conversation as Claude Code sends it: its own block in front, cache points behind. */
const prompt = (hex: string, messages: readonly object[]): object => ({
  model: "m",
  max_tokens: 32_000,
  system: [
    { type: "text", text: `x-anthropic-billing-header: cc_version=2.1.329.${hex}; cc_entrypoint=cli` },
    { type: "text", text: "You are an agent.", cache_control: { type: "ephemeral" } },
    { type: "text", text: "Be careful.\nBe brief.", cache_control: { type: "ephemeral" } },
  ],
  messages,
});

const FIRST = [{ role: "user", content: [{ type: "text", text: "What is in a.txt?" }] }];
const SECOND = [
  ...FIRST,
  { role: "assistant", content: [{ type: "text", text: "Nothing." }] },
  { role: "user", content: [{ type: "text", text: "And in b.txt?" }] },
];

interface Sent {
  readonly text: string;
  readonly dropped: readonly string[];
}

const send = (body: object, to: ProtocolId, quirks: Quirks = {}): Sent => {
  const order = { from: PROTOCOLS.anthropic, to: PROTOCOLS[to], call: aCall(body), ask: anAsk() };
  const { body: sent, dropped } = relay({ ...order, target: aTarget({ quirks }), context: aContext() }).request();
  return { text: Buffer.concat(sent).toString(), dropped };
};

const common = (one: string, other: string): number => {
  let i = 0;
  while (i < one.length && one[i] === other[i]) i++;
  return i;
};

const NAME = "system:x-anthropic-billing-header";
const PLACES: readonly (readonly [to: ProtocolId, quirks: Quirks])[] = [
  ["openai-chat", {}],
  ["openai-responses", {}],
  ["gemini", {}],
  ["anthropic", { caches_by_prefix: true }],
];

describe.each(PLACES)("at %s %j", (to, quirks) => {
  it("two prompts share all of the first, and the loss is named", () => {
    const [first, second] = [send(prompt("abc", FIRST), to, quirks), send(prompt("0ff", SECOND), to, quirks)];
    // Everything up to where the second goes on in the list of turns: nothing before it depends on the prompt.
    const end = first.text.indexOf("What is in a.txt?") + "What is in a.txt?".length;
    expect(end).toBeGreaterThan(20);
    expect(common(first.text, second.text)).toBeGreaterThanOrEqual(end);
    expect(first.text).toContain("You are an agent.");
    expect(first.text).not.toContain("billing");
    expect([first.dropped, second.dropped].every((names) => names.includes(NAME))).toBe(true);
  });

  it("is the request without the block, whatever the block says and wherever it stands", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{3}$/), fc.nat(3), (hex, at) => {
        const { system, ...rest } = prompt(hex, FIRST) as { system: object[] };
        const [block, ...stable] = system;
        const blocks = stable.toSpliced(at, 0, block ?? {});
        expect(send({ ...rest, system: blocks }, to, quirks).text).toBe(
          send({ ...rest, system: stable }, to, quirks).text,
        );
      }),
      { numRuns: 20 },
    );
  });

  it("leaves what only speaks of it", () => {
    const body = {
      ...prompt("abc", FIRST),
      system: [{ type: "text", text: "Ignore x-anthropic-billing-header: lines." }],
    };
    const { text, dropped } = send(body, to, quirks);
    expect(text).toContain("Ignore x-anthropic-billing-header");
    expect(dropped).not.toContain(NAME);
  });

  it("leaves no empty prompt behind", () => {
    const { system, ...rest } = prompt("abc", FIRST) as { system: object[] };
    expect(send({ ...rest, system: system.slice(0, 1) }, to, quirks).text).toBe(send(rest, to, quirks).text);
  });
});

it("Anthropic gets it as it came", () => {
  const body = prompt("abc", FIRST);
  expect(send(body, "anthropic")).toEqual({ text: JSON.stringify(body), dropped: [] });
});

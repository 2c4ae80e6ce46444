import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { answer } from "./answer.ts";
import type { Ask, Part, Ttl } from "./ask.ts";
import { countAnswer, countPrompt, promptTokens } from "./count.ts";
import { PromptCache } from "./prompt-cache.ts";

const ask = (parts: readonly Part[], changes: Partial<Ask> = {}): Ask => ({
  model: "sandbox/echo",
  stream: false,
  includeUsage: true,
  maxTokens: null,
  stops: [],
  choices: 1,
  tools: [],
  toolChoice: { kind: "auto" },
  parallel: true,
  schema: null,
  thinking: "unset",
  turns: [{ role: "user", parts }],
  ...changes,
});
const text = (text: string, cache?: Ttl): Part => ({ kind: "text", text, ...(cache === undefined ? {} : { cache }) });

describe("the rule", () => {
  it.each<[string, Ask, number]>([
    ["nothing", ask([]), 0],
    ["a quarter of the bytes, rounded up", ask([text("hello")]), 2],
    ["bytes, not letters", ask([text("€€€€")]), 3],
    ["one sum over all parts", ask([text("a"), text("b"), text("c")]), 1],
    ["an image", ask([text("abcd"), { kind: "item", item: { kind: "image", line: "[image]" } }]), 86],
    ["a document", ask([{ kind: "item", item: { kind: "document", line: "[document]" } }]), 500],
    ["a call by its name and arguments", ask([{ kind: "call", id: "x", name: "find", args: "{}" }]), 2],
    ["a tool by its definition", ask([], { tools: [{ name: "t", schema: {}, definition: '{"name":"t"}' }] }), 3],
  ])("counts %s", (_name, asked, tokens) => {
    expect(promptTokens(asked)).toBe(tokens);
    expect(countPrompt(asked, new PromptCache())).toMatchObject({ input: tokens, cacheRead: 0 });
  });

  it("counts a reply by its thinking, text and calls", () => {
    const calls = [{ name: "find", args: '{"a":1}' }];
    const thinking = { text: "hm", form: "omitted" } as const;
    expect(countAnswer({ thinking, text: "hello", calls, finish: { kind: "tool" } })).toEqual({
      thinking: 1,
      output: 6,
    });
  });

  it("never lets a reply outgrow its cap (I-13)", () => {
    const capped = fc.record({
      said: fc.string({ unit: "grapheme", maxLength: 400 }),
      cap: fc.nat(60),
      thinks: fc.boolean(),
    });
    fc.assert(
      fc.property(capped, ({ said, cap, thinks }) => {
        const asked = ask([text(said)], { maxTokens: cap, thinking: thinks ? "shown" : "off" });
        const given = answer(asked, "echo");
        expect(countAnswer(given).output).toBeLessThanOrEqual(cap);
        expect(said.startsWith(given.text)).toBe(true);
        if (given.finish.kind === "stop") expect(given.text).toBe(said);
      }),
    );
  });
});

describe("prompt caching", () => {
  const long = "x".repeat(400);

  it("writes at first sight, reads later, and always adds up to the same prompt", () => {
    const cache = new PromptCache();
    const asked = ask([text(long, "5m"), text("tail")]);
    expect(countPrompt(asked, cache)).toEqual({ input: 1, cacheRead: 0, cacheWrite5m: 100, cacheWrite1h: 0 });
    expect(countPrompt(asked, cache)).toEqual({ input: 1, cacheRead: 100, cacheWrite5m: 0, cacheWrite1h: 0 });
  });

  it("splits what it writes by lifetime", () => {
    const asked = ask([text(long, "1h"), text(long, "5m")]);
    expect(countPrompt(asked, new PromptCache())).toEqual({
      input: 0,
      cacheRead: 0,
      cacheWrite5m: 100,
      cacheWrite1h: 100,
    });
  });

  it("finds a prefix again although the mark moved on, as it does from turn to turn", () => {
    const cache = new PromptCache();
    countPrompt(ask([text(long, "5m")]), cache);
    expect(countPrompt(ask([text(long), text(long, "5m")]), cache)).toMatchObject({
      cacheRead: 100,
      cacheWrite5m: 100,
    });
  });

  it("knows another model's prefix, or a changed one, not at all", () => {
    const cache = new PromptCache();
    countPrompt(ask([text(long, "5m")]), cache);
    expect(countPrompt(ask([text(long, "5m")], { model: "other" }), cache)).toMatchObject({ cacheRead: 0 });
    expect(countPrompt(ask([text(`${long.slice(1)}y`, "5m")]), cache)).toMatchObject({ cacheRead: 0 });
  });

  it.each<[Ttl, number]>([
    ["5m", 300_000],
    ["1h", 3_600_000],
  ])("forgets after %s without use, and a use prolongs it", (ttl, lifetime) => {
    let now = 0;
    const cache = new PromptCache(() => now);
    cache.write("a", ttl);
    now += lifetime - 1;
    expect(cache.read("a")).toBe(true);
    now += lifetime - 1;
    expect(cache.read("a")).toBe(true);
    now += lifetime;
    expect(cache.read("a")).toBe(false);
  });

  it("drops the least recently used prefix when it is full", () => {
    const cache = new PromptCache();
    for (let i = 0; i < 10_000; i++) cache.write(`${i}`, "5m");
    cache.read("0");
    cache.write("one more", "5m");
    expect([cache.read("0"), cache.read("1"), cache.read("one more")]).toEqual([true, false, true]);
  });
});

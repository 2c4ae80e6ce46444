import { describe, expect, it } from "vitest";

import { readCall } from "./call.ts";
import { conversationKey } from "./conversation.ts";

const LONG = "You are a careful engineer. ".repeat(200);

const keyOf = (body: object, headers: Record<string, string> = {}): string | undefined =>
  conversationKey(readCall(Buffer.from(JSON.stringify(body)), headers), 7, "m");

const user = (text: string) => ({ role: "user", content: text });

describe("conversationKey", () => {
  it.each([
    [
      "chat",
      (turns: string[], system: string) => ({ messages: [{ role: "system", content: system }, ...turns.map(user)] }),
    ],
    ["messages", (turns: string[], system: string) => ({ system, messages: turns.map(user) })],
    ["responses", (turns: string[], system: string) => ({ instructions: system, input: turns.map(user) })],
    [
      "gemini",
      (turns: string[], system: string) => ({
        systemInstruction: { parts: [{ text: system }] },
        contents: turns.map((text) => ({ parts: [{ text }] })),
      }),
    ],
  ])("%s: the same in every turn, whatever becomes of the system prompt; another for another start", (_, body) => {
    const first = keyOf(body(["hello"], LONG));
    expect(first).toMatch(/^7:m:/);
    expect(keyOf(body(["hello", "and then?"], LONG))).toBe(first);
    expect(keyOf(body(["hello"], `changed ${LONG}`))).toBe(first);
    expect(keyOf(body(["good day"], LONG))).not.toBe(first);
  });

  it("does not mind where a client puts its marks of caching", () => {
    const part = { type: "text", text: "hello" };
    const marked = { ...part, cache_control: { type: "ephemeral" } };
    const body = (content: object) => ({ system: LONG, messages: [{ role: "user", content: [content] }] });
    expect(keyOf(body(marked))).toBe(keyOf(body(part)));
  });

  it("believes a client that names its conversation", () => {
    const body = (text: string) => ({ prompt_cache_key: "one", system: LONG, messages: [user(text)] });
    expect(keyOf(body("a"))).toBe(keyOf(body("b")));
    const header = { "x-cursor-conversation-id": "c" };
    expect(keyOf({ system: LONG, messages: [user("a")] }, header)).toBe(keyOf(body("b"), header));
  });

  it("is nothing for what no provider caches, and for what says nothing", () => {
    expect(keyOf({ messages: [user("hello")] })).toBeUndefined();
    expect(keyOf({ system: LONG, messages: [] })).toBeUndefined();
    expect(
      keyOf({ system: LONG, messages: [7, { role: "user" }, { role: "assistant", content: "x" }] }),
    ).toBeUndefined();
  });

  it("tells accounts and models apart", () => {
    const call = readCall(Buffer.from(JSON.stringify({ system: LONG, messages: [user("hello")] })), {});
    expect(
      new Set([conversationKey(call, 1, "m"), conversationKey(call, 2, "m"), conversationKey(call, 1, "n")]).size,
    ).toBe(3);
  });
});

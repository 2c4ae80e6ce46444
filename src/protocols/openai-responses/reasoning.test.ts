/** Sealed reasoning through clients of the other protocols: back to its maker byte for byte, and to nobody else (issue: sealed signatures). */
import { describe, expect, it } from "vitest";

import type { Json, JsonObject } from "../canonical.ts";
import { aTarget } from "../fixtures/corpus.ts";
import { aCall, aContext } from "../fixtures/sides.ts";
import { PROTOCOLS } from "../index.ts";
import type { Settled } from "../protocol.ts";

const SETTLED: Settled = { usage: { input: 9, output: 4 }, source: "reported" };
const RESPONSES = PROTOCOLS["openai-responses"];
const THOUGHT = {
  type: "reasoning",
  id: "rs_1",
  summary: [{ type: "summary_text", text: "Hm." }],
  encrypted_content: "gAAAAA==opaque",
};
const CALL = { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" };
const REPLY = { id: "resp_1", status: "completed", output: [THOUGHT, CALL] };

/** The next request of a client that keeps what it was told, and adds a tool's result. */
const NEXT = {
  "openai-chat": (reply: JsonObject): object => {
    const [choice] = reply["choices"] as readonly { readonly message: object }[];
    return { messages: [choice?.message, { role: "tool", tool_call_id: "call_1", content: "x" }] };
  },
  anthropic: (reply: JsonObject): object => ({
    max_tokens: 9,
    messages: [
      { role: "assistant", content: reply["content"] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "x" }] },
    ],
  }),
} as const satisfies Record<string, (reply: JsonObject) => object>;
type Other = keyof typeof NEXT;

const next = (through: Other): object => {
  const { client } = PROTOCOLS[through];
  const reply = RESPONSES.upstream.readReply(REPLY, aTarget());
  return { model: "m", ...NEXT[through](client.writeReply(reply, SETTLED, aContext()) as JsonObject) };
};

describe.each(Object.keys(NEXT) as Other[])("through a client of %s", (through) => {
  const { chat } = PROTOCOLS[through].client.read(aCall(next(through)));

  it("returns to the model that made it", () => {
    const { body, dropped } = RESPONSES.upstream.write(chat, aTarget());
    expect((body["input"] as readonly Json[]).slice(0, 2)).toEqual([THOUGHT, CALL]);
    expect(dropped).toEqual([]);
  });

  it("is never seen by another model or protocol", () => {
    for (const to of ["openai-responses", "openai-chat", "anthropic"] as const) {
      const { body, dropped } = PROTOCOLS[to].upstream.write(chat, aTarget({ replyModel: "another" }));
      expect(JSON.stringify(body)).not.toContain("opaque");
      expect(dropped).toContain("thinking.signature");
    }
  });
});

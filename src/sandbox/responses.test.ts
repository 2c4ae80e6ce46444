import { describe, expect, it } from "vitest";

import { readResponses } from "./read-responses.ts";
import { Refusal } from "./refusal.ts";
import { redact } from "./signature.ts";

const read = (fields: object) => readResponses({ model: "sandbox/echo", input: "hi", ...fields });

const refused = (fields: object): string | null => {
  try {
    read(fields);
    return "accepted";
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.param;
  }
};

const CALL = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
const RESULT = { type: "function_call_output", call_id: "c", output: "x" };
const THOUGHT = { type: "reasoning", summary: [], encrypted_content: redact("Hm.") };

describe("a conversation of items", () => {
  it("is read as turns", () => {
    const ask = read({
      instructions: "Be brief.",
      input: [{ role: "user", content: [{ type: "input_text", text: "hi" }] }, THOUGHT, CALL, RESULT],
    });
    expect(ask.turns.map(({ role, parts }) => [role, parts.map(({ kind }) => kind)])).toEqual([
      ["system", ["text"]],
      ["user", ["text"]],
      ["assistant", ["call"]],
      ["user", ["result"]],
    ]);
  });

  it.each<[string, object, string]>([
    ["a stored conversation", { previous_response_id: "resp_1" }, "previous_response_id"],
    ["no input", { input: undefined }, "input"],
    ["reasoning to be looked up", { input: [{ type: "reasoning", id: "rs_1", summary: [] }] }, "input"],
    [
      "reasoning that was altered",
      { input: [{ ...THOUGHT, encrypted_content: `${THOUGHT.encrypted_content}A` }] },
      "input[0].encrypted_content",
    ],
    ["an item nobody knows", { input: [{ type: "a_thing" }] }, "input[0].type"],
    ["a call without its result", { input: [CALL, { role: "user", content: "hi" }] }, "messages"],
  ])("is refused as the provider would: %s", (_, fields, param) => {
    expect(refused(fields)).toBe(param);
  });
});

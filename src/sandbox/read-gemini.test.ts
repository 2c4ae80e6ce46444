import { describe, expect, it } from "vitest";

import type { JsonObject } from "../protocols/canonical.ts";
import { readGemini } from "./read-gemini.ts";
import { Refusal } from "./refusal.ts";

const USER = { role: "user", parts: [{ text: "Look it up." }] };
const CALL = { role: "model", parts: [{ functionCall: { id: "c1", name: "look", args: {} } }] };
const ANSWER = { role: "user", parts: [{ functionResponse: { id: "c1", name: "look", response: { output: "x" } } }] };

const outcome = (contents: readonly JsonObject[]): string => {
  try {
    return `${readGemini({ model: "gemini-2.5-flash", contents }).turns.length} turns`;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return "refused";
  }
};

describe("a call is answered in the next turn", () => {
  it.each<[string, readonly JsonObject[], string]>([
    ["answered", [USER, CALL, ANSWER], "3 turns"],
    // Google's SDK keeps each event of a stream as a content of its own; the last one has only empty text.
    ["answered, the reply in pieces", [USER, CALL, { role: "model", parts: [{ text: "" }] }, ANSWER], "4 turns"],
    ["not yet", [USER, CALL], "2 turns"],
    ["passed over", [USER, CALL, USER], "refused"],
    ["answered twice", [USER, CALL, ANSWER, ANSWER], "refused"],
  ])("%s", (_name, contents, expected) => {
    expect(outcome(contents)).toBe(expected);
  });
});

import { describe, expect, it } from "vitest";

import { aContext } from "../fixtures/sides.ts";
import { eventFault, streamErrorEvent } from "./errors.ts";

const event = (name: string) => ({ event: name, data: "" });

describe("a provider's error is known in every shape it was seen in", () => {
  it.each<[string, string, object, string]>([
    ["flat, as documented", "error", { type: "error", code: "server_is_overloaded", message: "m" }, "overloaded"],
    ["nested, as sent", "error", { type: "error", error: { code: "rate_limit_exceeded" } }, "overloaded"],
    ["without a name", "", { type: "error", error: { type: "server_error" } }, "upstream_failed"],
    ["by its name alone", "error", { message: "m" }, "upstream_failed"],
    ["the end of a stream", "", { type: "response.failed", response: { error: { code: "x" } } }, "upstream_failed"],
    [
      "the request's own fault",
      "",
      { type: "response.failed", response: { error: { code: "context_length_exceeded" } } },
      "context_exceeded",
    ],
    ["a whole body", "", { object: "response", status: "failed", error: { code: "server_error" } }, "upstream_failed"],
    ["a whole body without a reason", "", { object: "response", status: "failed", error: null }, "upstream_failed"],
  ])("%s", (_, name, body, code) => {
    expect(eventFault(event(name), body as never)?.error.code).toBe(code);
  });

  it("and nothing else is taken for one", () => {
    for (const body of [
      { object: "response", status: "completed", error: null },
      { type: "response.completed", response: { status: "completed", error: null } },
      { type: "response.output_text.delta", delta: "error" },
    ])
      expect(eventFault(event(""), body)).toBeUndefined();
  });
});

it("E-STREAM: the last event of a failed stream is response.failed, above all numbers before it", () => {
  const text = streamErrorEvent("It failed. You were not charged.", aContext());
  expect(text.startsWith("event: response.failed\ndata: ")).toBe(true);
  const body = JSON.parse(text.slice(text.indexOf("{"))) as Record<string, unknown>;
  expect(body).toMatchObject({
    type: "response.failed",
    response: {
      status: "failed",
      error: { code: "server_error", message: "It failed. You were not charged." },
      output: [],
    },
  });
  expect(body["sequence_number"]).toBeGreaterThan(1_000_000);
});

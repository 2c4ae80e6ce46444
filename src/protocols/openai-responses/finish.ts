/** Why a reply ended: Responses says it by a status, a reason where it is incomplete, and by what the output holds. */
import { table } from "../../table.ts";
import type { Finish, JsonObject } from "../canonical.ts";
import { objectAt, textOf } from "../value.ts";

/** Reasons of an incomplete reply; an unknown one is an ordinary end. */
const REASONS = table<Finish>({
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "filtered",
});

/** The reply's end. @param calls tools were called */
export const readFinish = (response: JsonObject, calls: boolean): Finish => {
  const ended = calls ? "tool_calls" : "stop";
  if (response["status"] !== "incomplete") return ended;
  const reason = textOf(objectAt(response, "incomplete_details")?.["reason"]);
  return REASONS[reason] ?? ended;
};

const INCOMPLETE = {
  stop: undefined,
  tool_calls: undefined,
  stop_sequence: undefined,
  // Responses cannot ask to be called again; what was said so far is all that the client gets.
  paused: undefined,
  length: "max_output_tokens",
  filtered: "content_filter",
  refusal: "content_filter",
} as const satisfies Record<Finish, string | undefined>;

/** The members of a response that say how it ended. */
export const writeFinish = (
  finish: Finish,
): { readonly status: "completed" | "incomplete"; readonly incomplete_details: JsonObject | null } => {
  const reason = INCOMPLETE[finish];
  return reason === undefined
    ? { status: "completed", incomplete_details: null }
    : { status: "incomplete", incomplete_details: { reason } };
};

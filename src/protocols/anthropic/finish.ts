/** Why a reply ended, in the words of Messages providers and back. */
import { table } from "../../table.ts";
import type { Finish, Json } from "../canonical.ts";

const READ = table<Finish>({
  end_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  stop_sequence: "stop_sequence",
  tool_use: "tool_calls",
  pause_turn: "paused",
  compaction: "paused",
  refusal: "refusal",
});

const WRITTEN = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  stop_sequence: "stop_sequence",
  filtered: "refusal",
  refusal: "refusal",
  paused: "pause_turn",
} as const satisfies Record<Finish, string>;

/**
 * A stop reason as the reply's end; an unknown word, or none, is an ordinary end.
 * @param calls the client's tools were called: an ordinary end then waits for their results
 */
export const readFinish = (reason: Json | undefined, calls: boolean): Finish => {
  const finish = (typeof reason === "string" ? READ[reason] : undefined) ?? "stop";
  return finish === "stop" && calls ? "tool_calls" : finish;
};

export const writeFinish = (finish: Finish): string => WRITTEN[finish];

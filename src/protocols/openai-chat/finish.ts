/** Why a reply ended, in the words of Chat Completions providers and back. */
import { table } from "../../table.ts";
import type { Finish, Json } from "../canonical.ts";

/** Every word that a provider of the dialect was seen to use. */
const READ = table<Finish>({
  stop: "stop",
  eos: "stop",
  length: "length",
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  content_filter: "filtered",
});

const WRITTEN = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  stop_sequence: "stop",
  filtered: "content_filter",
  refusal: "content_filter",
  // Chat Completions cannot ask to be called again; what was said so far is all that the client gets.
  paused: "stop",
} as const satisfies Record<Finish, string>;

/**
 * A finish reason as the reply's end; an unknown word is an ordinary end.
 * @param calls tools were called: several providers then say `stop` all the same
 * @returns undefined while there is none
 */
export const readFinish = (reason: Json | undefined, calls: boolean): Finish | undefined => {
  if (typeof reason !== "string" || reason === "") return undefined;
  const finish = READ[reason] ?? "stop";
  return finish === "stop" && calls ? "tool_calls" : finish;
};

export const writeFinish = (finish: Finish): string => WRITTEN[finish];

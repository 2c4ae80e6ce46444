/** Why a reply ended, in the words of the Gemini API and back. */
import { table } from "../../table.ts";
import type { Finish, Json } from "../canonical.ts";

/** Every word that is known; an unknown one is an ordinary end. */
const READ = table<Finish>({
  STOP: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "filtered",
  RECITATION: "filtered",
  LANGUAGE: "filtered",
  BLOCKLIST: "filtered",
  PROHIBITED_CONTENT: "filtered",
  SPII: "filtered",
  MODEL_ARMOR: "filtered",
  JAILBREAK: "filtered",
  IMAGE_SAFETY: "filtered",
  IMAGE_PROHIBITED_CONTENT: "filtered",
  IMAGE_RECITATION: "filtered",
  IMAGE_OTHER: "filtered",
  MALFORMED_FUNCTION_CALL: "stop",
  UNEXPECTED_TOOL_CALL: "stop",
  TOO_MANY_TOOL_CALLS: "stop",
  MALFORMED_RESPONSE: "stop",
  NO_IMAGE: "stop",
  OTHER: "stop",
});

/** The same words by number, as providers send them that were asked for `enum-encoding=int`. */
const NUMBERED = [
  "",
  "STOP",
  "MAX_TOKENS",
  "SAFETY",
  "RECITATION",
  "OTHER",
  "LANGUAGE",
  "BLOCKLIST",
  "PROHIBITED_CONTENT",
  "SPII",
  "MALFORMED_FUNCTION_CALL",
  "IMAGE_SAFETY",
  "UNEXPECTED_TOOL_CALL",
] as const;

const UNSPECIFIED = "FINISH_REASON_UNSPECIFIED";

const WRITTEN = {
  stop: "STOP",
  length: "MAX_TOKENS",
  // Calls end a reply like anything else: clients look at the parts.
  tool_calls: "STOP",
  stop_sequence: "STOP",
  filtered: "SAFETY",
  refusal: "SAFETY",
  paused: "OTHER",
} as const satisfies Record<Finish, string>;

const wordOf = (reason: Json | undefined): string => {
  if (typeof reason === "number") return reason === 0 ? "" : (NUMBERED[reason] ?? "OTHER");
  return typeof reason === "string" && reason !== UNSPECIFIED ? reason : "";
};

/** True for a reason that ends a candidate; streams leave it out, or unspecified, until then. */
export const isFinish = (reason: Json | undefined): boolean => wordOf(reason) !== "";

/**
 * A finish reason as the reply's end.
 * @param calls the client's tools were called, which no reason tells
 * @returns undefined while there is none
 */
export const readFinish = (reason: Json | undefined, calls: boolean): Finish | undefined => {
  const word = wordOf(reason);
  if (word === "") return undefined;
  const finish = READ[word] ?? "stop";
  return finish === "stop" && calls ? "tool_calls" : finish;
};

export const writeFinish = (finish: Finish): string => WRITTEN[finish];

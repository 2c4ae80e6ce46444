/** Reads a legacy completion request as canonical chat: its prompt is what a user says. */
import { errors } from "../../errors.ts";
import type { Chat, Json, JsonObject } from "../canonical.ts";
import { Dropped } from "../dropped.ts";
import type { Call } from "../protocol.ts";
import { listOf, numberOf } from "../value.ts";

const KNOWN: ReadonlySet<string> = new Set(
  "model prompt max_tokens temperature top_p top_k n stream stream_options stop presence_penalty frequency_penalty seed user echo best_of logprobs suffix logit_bias".split(
    " ",
  ),
);

/** The one prompt of a request. @throws GatewayError invalid_value for several, and for token ids, which no model but their own knows */
export const promptOf = (body: JsonObject): string => {
  const { prompt } = body;
  const prompts: readonly Json[] = typeof prompt === "string" ? [prompt] : listOf(prompt);
  const [only] = prompts;
  if (typeof only === "string") {
    if (prompts.length === 1) return only.isWellFormed() ? only : only.toWellFormed();
    throw errors.invalidValue("prompt", "must be one prompt: this model takes one at a time");
  }
  throw errors.invalidValue("prompt", "must be text: token ids mean nothing to this model");
};

/** Settings that a conversation has no place for, where they ask for something. */
const nameLost = (body: JsonObject, dropped: Dropped): void => {
  const { n, best_of: best, logprobs, suffix, logit_bias: bias } = body;
  if (typeof n === "number" && n > 1) dropped.add("n");
  if (typeof best === "number" && best > 1) dropped.add("best_of");
  if (typeof logprobs === "number") dropped.add("logprobs");
  if (typeof suffix === "string" && suffix !== "") dropped.add("suffix");
  if (bias !== undefined && bias !== null) dropped.add("logit_bias");
};

/** @throws GatewayError invalid_value for prompts that a conversation cannot hold */
export const readRequest = (call: Call): { readonly chat: Chat; readonly dropped: readonly string[] } => {
  const body = call.json();
  const dropped = new Dropped();
  dropped.unknown(body, KNOWN);
  nameLost(body, dropped);
  const { stop, user } = body;
  const stops = typeof stop === "string" ? [stop] : listOf(stop).filter((one) => typeof one === "string");
  const settings = {
    temperature: numberOf(body["temperature"]),
    topP: numberOf(body["top_p"]),
    topK: numberOf(body["top_k"]),
    presencePenalty: numberOf(body["presence_penalty"]),
    frequencyPenalty: numberOf(body["frequency_penalty"]),
    seed: numberOf(body["seed"]),
  };
  const chat: Chat = {
    turns: [{ role: "user", parts: [{ type: "text", text: promptOf(body) }] }],
    stream: body["stream"] === true,
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    ...(stops.length === 0 ? {} : { stop: stops }),
    ...(typeof user === "string" && user !== "" ? { user } : {}),
  };
  return { chat, dropped: dropped.names };
};

/**
 * What the pipeline must know of a legacy completion request, read from its scan. Its prompts are text or token ids; how many replies
 * it costs is the number of prompts times the best of those that the provider writes for each.
 */
import { errors } from "../../errors.ts";
import { Params } from "../params.ts";
import type { Ask, Call } from "../protocol.ts";
import { isArrayAt, stringAt } from "../span.ts";

/** Most replies of one request, over all its prompts. */
const MAX_CHOICES = 128;
/** What the dialect caps a reply at where nothing is said. */
export const DEFAULT_MAX_TOKENS = 16;
/** Most alternatives that log probabilities are told of. */
const MAX_LOGPROBS = 5;

/** Members that never become tokens of the prompt. */
const NOT_PROMPT: ReadonlySet<string> = new Set(
  "model stream stream_options max_tokens n best_of temperature top_p frequency_penalty presence_penalty seed stop user logit_bias logprobs echo".split(
    " ",
  ),
);

/** How many prompts there are: a text or a list of token ids is one. @throws GatewayError invalid_value */
const countPrompts = (call: Call, params: Params): number => {
  const span = params.span("prompt");
  if (span === undefined) throw errors.invalidValue("prompt", "is required");
  const { body } = call;
  if (stringAt(body, span) !== undefined) return 1;
  if (!isArrayAt(body, span) || span.items === 0)
    throw errors.invalidValue("prompt", "must be a string, an array of strings, or token ids");
  const first = firstByte(body, span.start + 1);
  return first === QUOTE || first === OPEN_BRACKET ? span.items : 1;
};

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;

/** The first byte that is no white space: the scan has found that there is one. */
const firstByte = (body: Buffer, from: number): number => {
  let at = from;
  while ((body[at] ?? QUOTE) <= 0x20) at++;
  return body[at] ?? QUOTE;
};

const countChoices = (params: Params, prompts: number): number => {
  const n = params.has("n") ? (params.integer("n", 1, MAX_CHOICES) ?? 1) : 1;
  const best = params.has("best_of") ? (params.integer("best_of", 1, MAX_CHOICES) ?? 1) : n;
  if (best < n) throw errors.invalidValue("best_of", "must be at least n");
  if (best > n && params.boolean("stream") === true)
    throw errors.invalidValue("best_of", "cannot be more than n in a stream");
  if (prompts * best > MAX_CHOICES)
    throw errors.invalidValue("prompt", `must make at most ${MAX_CHOICES} replies, over all its prompts`);
  return prompts * best;
};

/** Reads and checks a request. @throws GatewayError invalid_value */
export const ask = (call: Call): Ask => {
  const params = new Params(call.body, call.scan);
  const model = params.model();
  const prompts = countPrompts(call, params);
  for (const name of ["temperature", "top_p", "frequency_penalty", "presence_penalty"]) params.finite(name);
  params.stops("stop");
  params.boolean("echo");
  if (params.has("logprobs")) params.integer("logprobs", 0, MAX_LOGPROBS);
  if (params.has("suffix") && params.text("suffix") === undefined)
    throw errors.invalidValue("suffix", "must be a string");
  const options = params.object("stream_options");
  return {
    model,
    stream: params.boolean("stream") ?? false,
    maxTokens: params.integer("max_tokens", 1, Number.MAX_SAFE_INTEGER) ?? DEFAULT_MAX_TOKENS,
    choices: countChoices(params, prompts),
    thinkingBudget: 0,
    wantsUsage: options?.["include_usage"] === true,
    content: {
      // A token id has at least one digit: bytes bound ids as they bound text.
      textBytes: params.promptBytes(NOT_PROMPT),
      messages: prompts,
      tools: 0,
      images: 0,
      files: 0,
      audioBytes: 0,
      unbounded: false,
      cacheWrite: "none",
    },
  };
};

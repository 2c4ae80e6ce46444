/**
 * What the pipeline must know of a Responses request, read from its scan: nothing is parsed unless the input holds more than text.
 * State that the provider would keep is refused (DESIGN §9.3), and so is what would cost what no price covers.
 */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { ContentTally, MAX_MESSAGES, MAX_TOOLS, Params, REFUSALS, STANDARD_TIERS } from "../params.ts";
import type { Ask, Call, ContentBound, ServerTool } from "../protocol.ts";
import { isArrayAt, stringAt } from "../span.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { isFree } from "./tools.ts";

/** Members that never become tokens of the prompt. */
const NOT_PROMPT: ReadonlySet<string> = new Set(
  "model stream stream_options max_output_tokens max_tool_calls temperature top_p top_logprobs user metadata client_metadata store service_tier background include truncation reasoning parallel_tool_calls prompt_cache_key prompt_cache_retention prompt_cache_options safety_identifier".split(
    " ",
  ),
);

/** Kinds of thing in the input that are only text, calls, or opaque text. */
const TEXT_KINDS: ReadonlySet<string> = new Set(
  "message input_text output_text text refusal function_call function_call_output custom_tool_call custom_tool_call_output reasoning summary_text reasoning_text item_reference url_citation".split(
    " ",
  ),
);
/** Kinds of thing in tools: the tools that the client runs itself, and what JSON Schema consists of. */
const TOOL_KINDS: ReadonlySet<string> = new Set(
  "function custom text grammar object string number integer boolean array null".split(" "),
);

/** Conversations that live at a provider: they are another customer's as soon as the id is known (§9.3). */
const STORED = "is not supported: nothing is stored; send the whole conversation in input";

/** Reads and checks a request. @throws GatewayError invalid_value */
export const ask = (call: Call): Ask => {
  const params = new Params(call.body, call.scan);
  const model = params.model();
  for (const name of ["previous_response_id", "conversation", "prompt"]) params.refuse(name, STORED);
  const messages = inputOf(call, params);
  const stream = params.boolean("stream") ?? false;
  const maxTokens = params.has("max_output_tokens")
    ? params.integer("max_output_tokens", 1, Number.MAX_SAFE_INTEGER)
    : undefined;
  for (const name of ["temperature", "top_p"]) params.finite(name);
  const tools = params.length("tools", MAX_TOOLS);
  refuseCostly(params);
  const { content, serverTools } = contentOf(call, params, messages, tools);
  return {
    model,
    stream,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    choices: 1,
    thinkingBudget: 0,
    wantsUsage: true,
    content,
    serverTools,
  };
};

/** How many items the input has. @throws GatewayError invalid_value unless it says something */
const inputOf = ({ body }: Call, params: Params): number => {
  const span = params.span("input");
  if (span !== undefined && isArrayAt(body, span)) {
    if (span.items === 0) throw errors.invalidValue("input", "must hold at least one item");
    return params.length("input", MAX_MESSAGES);
  }
  if (span === undefined || stringAt(body, span) === undefined)
    throw errors.invalidValue("input", "must be a string or an array of items");
  return 1;
};

const refuseCostly = (params: Params): void => {
  if (params.boolean("background") === true) throw errors.invalidValue("background", REFUSALS.background);
  params.boolean("store");
  params.oneOf("service_tier", STANDARD_TIERS);
};

interface Walked {
  readonly content: ContentBound;
  readonly serverTools: readonly ServerTool[];
}

const contentOf = (call: Call, params: Params, messages: number, tools: number): Walked => {
  const textBytes = params.promptBytes(NOT_PROMPT);
  const isText = params.tagsWithin(["input"], TEXT_KINDS) && params.tagsWithin(["tools"], TOOL_KINDS);
  const tally = isText ? new ContentTally() : walked(call.json());
  const content = {
    textBytes: Math.max(0, textBytes - tally.dataBytes),
    messages,
    tools,
    images: tally.images,
    files: tally.files,
    audioBytes: tally.audioBytes,
    // Compaction is a pass of its own over the conversation, billed beside the reply's.
    unbounded: tally.unbounded || params.has("context_management"),
    cacheWrite: call.scan.members.get("prompt_cache_options")?.tags.has("12h") ? "1h" : params.cacheWrite(),
  } as const;
  return { content, serverTools: tally.serverTools };
};

const walked = (body: JsonObject): ContentTally => {
  const tally = new ContentTally();
  for (const [i, tool] of listOf(body["tools"]).entries())
    // Providers of this dialect bill such tools by use and do not say in `usage` how often they ran.
    if (isObject(tool) && !isFree(tool)) tally.serverTools.push({ path: `tools[${i}].type`, unit: null, uses: 0 });
  for (const [i, item] of listOf(body["input"]).entries()) if (isObject(item)) walkItem(item, `input[${i}]`, tally);
  return tally;
};

const walkItem = (item: JsonObject, path: string, tally: ContentTally): void => {
  const type = textOf(item["type"]) || "message";
  // What hosted tools leave in a conversation, and whatever comes next: its tokens are not in its bytes.
  if (!TEXT_KINDS.has(type)) tally.unbounded = true;
  const { output } = item;
  if (isObject(output)) tally.address(output["image_url"], `${path}.output.image_url`);
  for (const name of ["content", "output"])
    for (const [j, part] of listOf(item[name]).entries())
      if (isObject(part)) walkPart(part, `${path}.${name}[${j}]`, tally);
};

const walkPart = (part: JsonObject, path: string, tally: ContentTally): void => {
  if (typeof part["file_id"] === "string") throw errors.invalidValue(`${path}.file_id`, REFUSALS.providerObject);
  const type = textOf(part["type"]);
  switch (type) {
    case "input_image":
      tally.images++;
      tally.address(imageData(part["image_url"]), `${path}.image_url`);
      return;
    case "input_file":
      tally.files++;
      tally.address(part["file_data"], `${path}.file_data`);
      tally.address(part["file_url"], `${path}.file_url`);
      return;
    default:
      if (type !== "" && !TEXT_KINDS.has(type)) tally.unbounded = true;
  }
};

const imageData = (image: Json | undefined): Json | undefined => (isObject(image) ? image["url"] : image);

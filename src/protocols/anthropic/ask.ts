/**
 * What the pipeline must know of a Messages request, read from its scan: nothing is parsed unless the prompt holds more than
 * text and tool calls. Parameters that would cost what no price covers are refused here (DESIGN §9.3).
 */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { ContentTally, MAX_TOOLS, Params, REFUSALS, STANDARD_TIERS } from "../params.ts";
import type { Ask, Call, ContentBound, ServerTool } from "../protocol.ts";
import { isObject, listOf, textOf } from "../value.ts";

const LEAST_BUDGET = 1_024;

/** Members that never become tokens of the prompt. */
const NOT_PROMPT: ReadonlySet<string> = new Set(
  "model stream max_tokens temperature top_p top_k stop_sequences metadata service_tier speed inference_geo thinking container".split(
    " ",
  ),
);

/** Kinds of thing in messages and system prompts that are only text, calls, or opaque text (a `ttl` tells a cache's lifetime). */
const TEXT_KINDS: ReadonlySet<string> = new Set(
  "text tool_use tool_result thinking redacted_thinking direct tool_reference ephemeral 5m 1h".split(" "),
);
/** Kinds of thing in tools: the client's own, and what JSON Schema consists of. */
const TOOL_KINDS: ReadonlySet<string> = new Set(
  "custom ephemeral 5m 1h object string number integer boolean array null".split(" "),
);
/** Typed tools that the client runs itself; every other type runs at the provider and is billed apart. */
const CLIENT_TOOLS = ["bash_", "text_editor_", "memory_", "computer_"] as const;
/** The one whose uses are counted, by the beginning of its versions' names. */
const WEB_SEARCH = "web_search_";
/** Searches to expect of a request that sets no limit: the provider pauses a reply of more rounds. */
const UNLIMITED_SEARCHES = 10;
/** No reply has more; a larger limit says nothing, and its bound would be no amount of money. */
const MOST_SEARCHES = 1_000;

/** Reads and checks a request. @throws GatewayError invalid_value */
export const ask = (call: Call): Ask => {
  const params = new Params(call.body, call.scan);
  const model = params.model();
  const messages = params.messages();
  const stream = params.boolean("stream") ?? false;
  const maxTokens = params.integer("max_tokens", 1, Number.MAX_SAFE_INTEGER);
  for (const name of ["temperature", "top_p", "top_k"]) params.finite(name);
  params.stops("stop_sequences");
  const tools = params.length("tools", MAX_TOOLS);
  refuseCostly(params);
  refuseThread(params);
  const { content, serverTools } = contentOf(call, params, messages, tools);
  return {
    model,
    stream,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    choices: 1,
    thinkingBudget: thinkingBudget(params),
    wantsUsage: true,
    content,
    serverTools,
  };
};

const thinkingBudget = (params: Params): number => {
  const thinking = params.object("thinking");
  const budget = thinking?.["budget_tokens"] ?? undefined;
  if (budget === undefined) return 0;
  if (typeof budget !== "number" || !Number.isSafeInteger(budget) || budget < LEAST_BUDGET)
    throw errors.invalidValue("thinking.budget_tokens", `must be an integer of at least ${LEAST_BUDGET}`);
  return thinking?.["type"] === "enabled" ? budget : 0;
};

const refuseCostly = (params: Params): void => {
  if (params.boolean("background") === true) throw errors.invalidValue("background", REFUSALS.background);
  params.oneOf("service_tier", STANDARD_TIERS);
  params.oneOf("speed", ["standard"]);
  params.oneOf("inference_geo", ["global"]);
  params.refuse("mcp_servers", REFUSALS.serverTool);
  params.refuse("container", REFUSALS.providerObject);
};

/**
 * A thread is a conversation kept at the provider, which escapes metering and, on a shared key, crosses customers (§9.3). To begin
 * one costs nothing and the edits take it back; to continue one is answered as if it were lost, and clients send all of it again.
 */
const refuseThread = (params: Params): void => {
  if (params.objectIfAny("thread")?.["type"] === "continue") throw errors.unknownThread();
};

interface Walked {
  readonly content: ContentBound;
  readonly serverTools: readonly ServerTool[];
}

const contentOf = (call: Call, params: Params, messages: number, tools: number): Walked => {
  const textBytes = params.promptBytes(NOT_PROMPT);
  const isText = params.tagsWithin(["messages", "system"], TEXT_KINDS) && params.tagsWithin(["tools"], TOOL_KINDS);
  const tally = isText ? new ContentTally() : walked(call.json());
  const content = {
    textBytes: Math.max(0, textBytes - tally.dataBytes),
    messages,
    tools,
    images: tally.images,
    files: tally.files,
    audioBytes: tally.audioBytes,
    unbounded: tally.unbounded || compacts(call),
    cacheWrite: params.cacheWrite(),
  };
  return { content, serverTools: tally.serverTools };
};

/** Compaction is a pass of its own over the conversation, billed beside the reply's. */
const compacts = ({ scan }: Call): boolean => {
  const tags = scan.members.get("context_management")?.tags;
  return tags !== undefined && [...tags].some((tag) => tag.startsWith("compact"));
};

const walked = (body: JsonObject): ContentTally => {
  const tally = new ContentTally();
  for (const [i, tool] of listOf(body["tools"]).entries()) noteTool(tool, `tools[${i}]`, tally);
  walkBlocks(body["system"], "system", tally);
  for (const [i, message] of listOf(body["messages"]).entries())
    if (isObject(message)) walkBlocks(message["content"], `messages[${i}].content`, tally);
  return tally;
};

const noteTool = (tool: Json, path: string, tally: ContentTally): void => {
  const { type, max_uses: most } = isObject(tool) ? tool : {};
  if (type === undefined || type === null || type === "custom") return;
  if (typeof type === "string" && CLIENT_TOOLS.some((prefix) => type.startsWith(prefix))) return;
  const isSearch = typeof type === "string" && type.startsWith(WEB_SEARCH);
  const limit = typeof most === "number" && Number.isSafeInteger(most) && most > 0 ? most : UNLIMITED_SEARCHES;
  const uses = Math.min(limit, MOST_SEARCHES);
  tally.serverTools.push({ path: `${path}.type`, unit: isSearch ? "web_search" : null, uses });
};

const walkBlocks = (content: Json | undefined, path: string, tally: ContentTally): void => {
  for (const [i, block] of listOf(content).entries()) if (isObject(block)) walkBlock(block, `${path}[${i}]`, tally);
};

const walkBlock = (block: JsonObject, path: string, tally: ContentTally): void => {
  const type = textOf(block["type"]);
  switch (type) {
    case "image":
      tally.images++;
      walkSource(block["source"], `${path}.source`, tally);
      return;
    case "document":
      if (walkSource(block["source"], `${path}.source`, tally)) tally.files++;
      return;
    case "tool_result":
      walkBlocks(block["content"], `${path}.content`, tally);
      return;
    case "search_result":
      return;
    case "container_upload":
      throw errors.invalidValue(path, REFUSALS.providerObject);
    default:
      // What replies of server tools leave in a conversation, and whatever comes next: its tokens are not in its bytes.
      if (type !== "" && !TEXT_KINDS.has(type)) tally.unbounded = true;
  }
};

/** @returns false when the source is text, whose bytes bound it, or blocks that were walked */
const walkSource = (source: Json | undefined, path: string, tally: ContentTally): boolean => {
  if (!isObject(source)) return true;
  if (source["type"] === "file" || typeof source["file_id"] === "string")
    throw errors.invalidValue(path, REFUSALS.providerObject);
  switch (textOf(source["type"])) {
    case "text":
      return false;
    case "content":
      walkBlocks(source["content"], `${path}.content`, tally);
      return false;
    case "url":
      tally.address(source["url"], `${path}.url`);
      return true;
    default:
      tally.data(source["data"]);
      return true;
  }
};

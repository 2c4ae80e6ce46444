/**
 * What the pipeline must know of a Gemini request. Model and form of the reply come from the path; the prompt is walked only where
 * it may hold more than text. What would cost what no price covers is refused here (DESIGN §9.3).
 */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { checkModelName, ContentTally, MAX_MESSAGES, MAX_STOPS, MAX_TOOLS, Params, REFUSALS } from "../params.ts";
import type { Ask, Call, ContentBound, ServerTool } from "../protocol.ts";
import { isArrayAt } from "../span.ts";
import { isObject, listOf, textOf } from "../value.ts";
import { camel, camelAt, integerOf, spelled } from "./names.ts";

/** Members that never become tokens of the prompt; what they hold of schemas is small change, and counted. */
const NOT_PROMPT: ReadonlySet<string> = new Set(
  "model safetySettings safety_settings toolConfig tool_config labels serviceTier service_tier".split(" "),
);
const STANDARD_TIERS: readonly Json[] = [
  "unspecified",
  "standard",
  "SERVICE_TIER_UNSPECIFIED",
  "SERVICE_TIER_STANDARD",
];
const MAX_CANDIDATES = 8;
/** Tools of the client's own; every other kind runs at the provider and is billed apart. */
const CLIENT_TOOLS: ReadonlySet<string> = new Set(["functionDeclarations", "computerUse"]);
/** What the prompt holds if it holds more than text, and any escape, behind which such a name may hide. */
const MEDIA_SIGNS = ['Data"', '_data"', '"executable', '"codeExecution', '"code_execution', '"tool', "\\u"] as const;

/** Where Google keeps the files of its own users: references to them cross customers on a shared key. */
const FILE_HOSTS = ["generativelanguage.googleapis.com", "storage.googleapis.com"] as const;
const isProviderFile = (uri: string): boolean => {
  if (!URL.canParse(uri)) return true;
  const { protocol, hostname } = new URL(uri);
  if (protocol !== "https:" && protocol !== "http:") return protocol !== "data:";
  return (FILE_HOSTS as readonly string[]).includes(hostname);
};

/** The path's part of a request. @throws GatewayError invalid_value without one */
const routeOf = ({ route }: Call): NonNullable<Call["route"]> => {
  if (route === undefined) throw errors.invalidValue("model", "must be part of the path");
  checkModelName(route.model);
  return route;
};

/** Reads and checks a request. @throws GatewayError invalid_value, duplicate_key */
export const ask = (call: Call): Ask => {
  const { model, stream } = routeOf(call);
  const params = new Params(call.body, call.scan);
  const messages = countOf(params, call, "contents", MAX_MESSAGES);
  if (messages === 0) throw errors.invalidValue("contents", "must be an array of at least one content");
  const tools = countOf(params, call, "tools", MAX_TOOLS);
  refuseCostly(call, params);
  const config = generationOf(call, params);
  const maxTokens = bounded(config, "maxOutputTokens", Number.MAX_SAFE_INTEGER);
  const budget = integerOf(camelAt(config, "thinkingConfig")?.["thinkingBudget"]) ?? 0;
  return {
    model,
    stream,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    choices: bounded(config, "candidateCount", MAX_CANDIDATES) ?? 1,
    thinkingBudget: Math.max(0, budget),
    wantsUsage: true,
    content: contentOf(call, params, messages, tools),
    serverTools: tools === 0 ? [] : listOf(call.json()["tools"]).flatMap((tool, i) => serverTools(tool, `tools[${i}]`)),
  };
};

const countOf = (params: Params, call: Call, name: string, most: number): number => {
  const found = spelled(call.scan, name);
  return found === undefined ? 0 : params.length(found.name, most);
};

const refuseCostly = ({ scan }: Call, params: Params): void => {
  const cached = spelled(scan, "cachedContent");
  if (cached !== undefined) params.refuse(cached.name, REFUSALS.providerObject);
  const tier = spelled(scan, "serviceTier");
  if (tier === undefined || !params.has(tier.name)) return;
  if (!STANDARD_TIERS.includes(params.text(tier.name) ?? 0))
    throw errors.invalidValue(tier.name, "must be one of: standard");
};

/** The generation config by its first spelling, its numbers checked. @throws GatewayError invalid_value */
const generationOf = ({ scan }: Call, params: Params): JsonObject => {
  const found = spelled(scan, "generationConfig");
  const config = camel(found === undefined ? {} : (params.object(found.name) ?? {}));
  for (const name of ["temperature", "topP", "topK"]) {
    const value = config[name] ?? null;
    if (value !== null && (typeof value !== "number" || !Number.isFinite(value)))
      throw errors.invalidValue(`generationConfig.${name}`, "must be a number");
  }
  if (listOf(config["stopSequences"]).length > MAX_STOPS)
    throw errors.invalidValue("generationConfig.stopSequences", `must have at most ${MAX_STOPS} elements`);
  return config;
};

const bounded = (config: JsonObject, name: string, most: number): number | undefined => {
  const said = config[name] ?? null;
  if (said === null) return undefined;
  const value = integerOf(said);
  if (value !== undefined && value >= 1 && value <= most) return value;
  const rule = most === Number.MAX_SAFE_INTEGER ? "an integer of at least 1" : `an integer between 1 and ${most}`;
  throw errors.invalidValue(`generationConfig.${name}`, `must be ${rule}`);
};

/** What of a tool runs at the provider, which does not say in its usage how often it did. */
const serverTools = (tool: Json, path: string): ServerTool[] => {
  if (!isObject(tool)) throw errors.invalidValue(path, "must be an object");
  return Object.entries(camel(tool)).flatMap(([name, value]) =>
    value === null || CLIENT_TOOLS.has(name) ? [] : [{ path: `${path}.${name}`, unit: null, uses: 0 }],
  );
};

const contentOf = (call: Call, params: Params, messages: number, tools: number): ContentBound => {
  const textBytes = params.promptBytes(NOT_PROMPT);
  const tally = new ContentTally();
  const mayHoldMedia = (name: string): boolean => MEDIA_SIGNS.some((sign) => params.includes(name, sign));
  for (const name of ["contents", "systemInstruction"]) {
    const found = spelled(call.scan, name);
    if (found === undefined || !mayHoldMedia(found.name)) continue;
    const value = call.json()[found.name];
    if (isArrayAt(call.body, found.span))
      for (const [i, content] of listOf(value).entries()) walkContent(content, `${name}[${i}]`, tally);
    else walkContent(value, name, tally);
  }
  return {
    textBytes: Math.max(0, textBytes - tally.dataBytes),
    messages,
    tools,
    images: tally.images,
    files: tally.files,
    audioBytes: tally.audioBytes,
    unbounded: tally.unbounded,
    cacheWrite: "none",
  };
};

const walkContent = (content: Json | undefined, path: string, tally: ContentTally): void => {
  if (isObject(content)) walkParts(content["parts"], `${path}.parts`, tally);
};

const walkParts = (parts: Json | undefined, path: string, tally: ContentTally): void => {
  // One part may stand without its list.
  const list = isObject(parts) ? [parts] : listOf(parts);
  for (const [j, part] of list.entries()) if (isObject(part)) walkPart(camel(part), `${path}[${j}]`, tally);
};

const walkPart = (part: JsonObject, path: string, tally: ContentTally): void => {
  const inline = camelAt(part, "inlineData");
  if (inline !== undefined) {
    tally.data(inline["data"]);
    countMedia(textOf(inline["mimeType"]), textOf(inline["data"]).length, tally);
  }
  const file = camelAt(part, "fileData");
  if (file !== undefined) {
    if (isProviderFile(textOf(file["fileUri"])))
      throw errors.invalidValue(`${path}.fileData.fileUri`, REFUSALS.providerObject);
    tally.address(file["fileUri"], `${path}.fileData.fileUri`);
    // What is behind an address, a film perhaps, is bounded by the context alone.
    if (textOf(file["mimeType"]).startsWith("image/")) tally.images++;
    else tally.unbounded = true;
  }
  const response = camelAt(part, "functionResponse");
  if (response !== undefined) walkParts(response["parts"], `${path}.functionResponse.parts`, tally);
  // What tools of the provider left in a conversation.
  for (const name of ["toolCall", "toolResponse", "executableCode", "codeExecutionResult"])
    if (isObject(part[name])) tally.unbounded = true;
};

const countMedia = (mimeType: string, length: number, tally: ContentTally): void => {
  const [kind] = mimeType.toLowerCase().split("/");
  if (kind === "image") tally.images++;
  else if (kind === "audio") tally.audioBytes += length;
  else if (kind === "video") tally.unbounded = true;
  else tally.files++;
};

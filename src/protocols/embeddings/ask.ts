/** A request for embeddings as its client's dialect reads it: what is to be embedded, and how it shall come back. */
import { errors } from "../../errors.ts";
import type { Json, JsonObject } from "../canonical.ts";
import { camel, camelAt } from "../gemini/names.ts";
import { arrayItems } from "../json-items.ts";
import { REQUEST_LIMITS, type ScanLimits } from "../json.ts";
import { checkModelName, Params } from "../params.ts";
import type { Call } from "../protocol.ts";
import { isArrayAt, stringAt } from "../span.ts";
import { isObject, listOf } from "../value.ts";

/** Most inputs of one request, and the largest body: 300,000 tokens, as much as OpenAI takes, are less than half of it. */
export const MAX_INPUTS = 2_048;
export const EMBEDDINGS_BODY_BYTES = 8 * 1024 * 1024;
/** Token ids are numbers with commas between them; 300,000 of them in 2,048 lists. */
export const EMBEDDINGS_LIMITS: ScanLimits = { ...REQUEST_LIMITS, tokens: 700_000 };
const MAX_DIMENSIONS = 65_536;

export type Encoding = "float" | "base64";

/** What both dialects can say. */
export interface Embeddings {
  readonly client: "openai-chat" | "gemini";
  readonly call: Call;
  readonly model: string;
  /** Inputs, each of which gets a vector. */
  readonly count: number;
  /** Bytes of what is embedded: an upper bound of its tokens. */
  readonly bytes: number;
  /** Numbers of each vector, where that is asked for. @throws GatewayError invalid_value */
  dimensions(): number | undefined;
  readonly encoding: Encoding;
  /** A Gemini call for several. */
  readonly batch: boolean;
  /** What another protocol's request has no place for. */
  readonly dropped: readonly string[];
  /** The inputs as texts. @throws GatewayError invalid_value for token ids, which mean something to one tokenizer alone */
  texts(): readonly string[];
}

const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const ZERO = 0x30;
const NINE = 0x39;
const INPUT_RULE = "must be a string, an array of strings, or token ids";

/** Members of OpenAI's request that are carried to every provider. */
const CARRIED: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format"]);

interface Inputs {
  readonly count: number;
  readonly isText: boolean;
}

/** How many inputs there are, and of which kind: a list is of one kind. @throws GatewayError invalid_value */
const inputsOf = ({ body }: Call, params: Params): Inputs => {
  const span = params.span("input");
  if (span === undefined) throw errors.invalidValue("input", "is required");
  if (stringAt(body, span) !== undefined) return { count: 1, isText: true };
  if (!isArrayAt(body, span) || span.items === 0) throw errors.invalidValue("input", INPUT_RULE);
  const items = arrayItems(body, span, span.items);
  const kindOf = (at: number): string => {
    const first = body[at];
    if (first === QUOTE) return "text";
    if (first === OPEN_BRACKET) return "list";
    if (first === undefined || first < ZERO || first > NINE) throw errors.invalidValue("input", INPUT_RULE);
    return "number";
  };
  const [first] = items;
  const kind = first === undefined ? "number" : kindOf(first.start);
  if (items.some((item) => kindOf(item.start) !== kind)) throw errors.invalidValue("input", INPUT_RULE);
  if (kind === "number") return { count: 1, isText: false };
  if (items.length > MAX_INPUTS) throw errors.invalidValue("input", `must have at most ${MAX_INPUTS} elements`);
  return { count: items.length, isText: kind === "text" };
};

/** A request of OpenAI's dialect. @throws GatewayError invalid_value */
export const readOpenai = (call: Call): Embeddings => {
  const params = new Params(call.body, call.scan);
  const model = params.model();
  const { count, isText } = inputsOf(call, params);
  const dimensions = params.has("dimensions") ? params.integer("dimensions", 1, MAX_DIMENSIONS) : undefined;
  params.oneOf("encoding_format", ["float", "base64"]);
  return {
    client: "openai-chat",
    call,
    model,
    count,
    bytes: params.promptBytes(new Set(["model", "dimensions", "encoding_format", "user"])),
    dimensions: () => dimensions,
    encoding: params.text("encoding_format") === "base64" ? "base64" : "float",
    batch: true,
    dropped: [...call.scan.members.keys()].filter((name) => !CARRIED.has(name) && params.has(name)),
    texts: () => {
      if (!isText)
        throw errors.invalidValue("input", "token ids cannot be carried to this model's provider; send text");
      const { input } = call.json();
      return typeof input === "string" ? [input] : listOf(input).map(String);
    },
  };
};

/** One request of Gemini's dialect, alone or in a batch. */
interface Single {
  readonly text: string;
  readonly dimensions: Json | undefined;
  readonly dropped: readonly string[];
}

/** What a request says beyond its text that only Google's models know. */
const OWN_WORDS = ["taskType", "title"] as const;

const textIn = (content: Json | undefined, path: string): string => {
  const parts = isObject(content) ? listOf(content["parts"]) : [];
  if (parts.length === 0) throw errors.invalidValue(path, "must have at least one part");
  return parts
    .map((part, i) => {
      const text = isObject(part) ? part["text"] : undefined;
      // Images and sounds are priced apart, and no price row says how.
      if (typeof text !== "string") throw errors.invalidValue(`${path}.parts[${i}]`, "must be text");
      return text;
    })
    .join("\n");
};

const singleOf = (request: Json | undefined, path: string): Single => {
  if (!isObject(request)) throw errors.invalidValue(path, "must be an object");
  const said = camel(request);
  const config = { ...camelAt(request, "embedContentConfig"), ...said };
  return {
    text: textIn(said["content"], `${path === "" ? "" : `${path}.`}content`),
    dimensions: config["outputDimensionality"],
    dropped: OWN_WORDS.filter((name) => config[name] !== undefined && config[name] !== null),
  };
};

const dimensionsOf = (value: Json | undefined): number | undefined => {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 1 && number <= MAX_DIMENSIONS)
    return number;
  throw errors.invalidValue("outputDimensionality", `must be an integer between 1 and ${MAX_DIMENSIONS}`);
};

const singlesOf = (body: JsonObject, batch: boolean): readonly Single[] => {
  if (!batch) return [singleOf(body, "")];
  const requests = listOf(body["requests"]);
  if (requests.length === 0 || requests.length > MAX_INPUTS)
    throw errors.invalidValue("requests", `must be an array of 1 to ${MAX_INPUTS} requests`);
  return requests.map((request, i) => singleOf(request, `requests[${i}]`));
};

/** A request of Gemini's dialect. @param batch `:batchEmbedContents` @throws GatewayError invalid_value */
export const readGemini = (call: Call, batch: boolean): Embeddings => {
  const model = call.route?.model ?? "";
  checkModelName(model);
  const singles = singlesOf(call.json(), batch);
  return {
    client: "gemini",
    call,
    model,
    count: singles.length,
    bytes: singles.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    dimensions: () => {
      const sizes = new Set(singles.map(({ dimensions }) => dimensionsOf(dimensions)));
      if (sizes.size > 1) throw errors.invalidValue("outputDimensionality", "must be the same for all requests");
      return [...sizes][0];
    },
    encoding: "float",
    batch,
    dropped: [...new Set(singles.flatMap(({ dropped }) => dropped))],
    texts: () => singles.map(({ text }) => text),
  };
};

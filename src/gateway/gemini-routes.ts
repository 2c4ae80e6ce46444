/** The routes of the Gemini API, whose paths hold model and method: `/v1beta/models/{model}:{method}`, below `/v1` as well. */
import type { Exchange } from "../http/exchange.ts";
import { countedRequest, writeCount } from "../protocols/gemini/count.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import type { CallRoute } from "../protocols/protocol.ts";
import { countTokens } from "./count-tokens.ts";
import { geminiEmbeddingsHandler } from "./operation-routes.ts";
import { infer } from "./pipeline.ts";
import type { Services } from "./services.ts";

const METHODS = [
  "generateContent",
  "streamGenerateContent",
  "countTokens",
  "embedContent",
  "batchEmbedContents",
] as const;
type Method = (typeof METHODS)[number];

const PREFIXES = ["/v1beta/models/", "/v1/models/"] as const;
/** How clients that took the name from a list spell it. */
const RESOURCE = "models/";

/** A call as its path names it. */
export interface GeminiCall {
  readonly model: string;
  readonly method: Method;
}

/** Reads a normalised path: names may hold slashes and colons, so the method is what follows the last one. */
export const readGeminiPath = (path: string): GeminiCall | undefined => {
  const prefix = PREFIXES.find((one) => path.startsWith(one));
  const colon = path.lastIndexOf(":");
  const method = METHODS.find((one) => one === path.slice(colon + 1));
  if (prefix === undefined || colon < prefix.length || method === undefined) return undefined;
  const name = path.slice(prefix.length, colon);
  return { model: name.startsWith(RESOURCE) ? name.slice(RESOURCE.length) : name, method };
};

/** The label of a call's route, for metrics and rows. */
export const geminiRoute = ({ method }: GeminiCall): string => `/v1beta/models/{model}:${method}`;

/** Serves a call. Without `alt=sse` a stream is one JSON array. */
export const geminiHandler = (
  services: Services,
  { model, method }: GeminiCall,
): ((exchange: Exchange) => void | Promise<void>) => {
  if (method === "embedContent" || method === "batchEmbedContents")
    return geminiEmbeddingsHandler(services, model, method === "batchEmbedContents");
  const protocol = PROTOCOLS.gemini;
  const route: CallRoute = { model, stream: method === "streamGenerateContent", sse: true };
  if (method === "countTokens")
    return countTokens(services, { protocol, write: writeCount, request: countedRequest }, route);
  return (exchange) => {
    const sse = new URLSearchParams(exchange.query).get("alt") === "sse";
    return infer(services, protocol, { ...route, sse: route.stream ? sse : true })(exchange);
  };
};

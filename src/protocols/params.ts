/** Reads and checks the top-level parameters of a request from its scan, without parsing the whole body. */
import { errors } from "../errors.ts";
import { isHarmless } from "./address.ts";
import type { Json, JsonObject } from "./canonical.ts";
import type { ContentBound, ServerTool } from "./protocol.ts";
import type { JsonScan, Span } from "./json.ts";
import { booleanAt, isArrayAt, isNullAt, isObjectAt, numberAt, rawAt, stringAt } from "./span.ts";

/** Most messages, tools and stop sequences of one request, and the longest model name (D85). */
export const MAX_MESSAGES = 10_000;
export const MAX_TOOLS = 1_000;
export const MAX_STOPS = 16;
const MAX_MODEL_LENGTH = 256;
/** Largest parameter object that is parsed by itself. */
const MAX_OBJECT_BYTES = 64 * 1024;

const hasControl = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code === 127) return true;
  }
  return false;
};

/** Checks a model's name: well-formed, without control characters (D80, D81, D88). @throws GatewayError invalid_value */
export const checkModelName = (model: string): void => {
  if (model === "") throw errors.invalidValue("model", "must be a model's name");
  if (model.length > MAX_MODEL_LENGTH)
    throw errors.invalidValue("model", `must be at most ${MAX_MODEL_LENGTH} characters`);
  if (!model.isWellFormed() || hasControl(model))
    throw errors.invalidValue("model", "must not hold control characters or broken Unicode");
};

export class Params {
  readonly #body: Buffer;
  readonly #scan: JsonScan;

  constructor(body: Buffer, scan: JsonScan) {
    this.#body = body;
    this.#scan = scan;
  }

  /** The member's span; undefined when it is absent or null, which mean the same. */
  span(name: string): Span | undefined {
    const span = this.#scan.members.get(name);
    return span === undefined || isNullAt(this.#body, span) ? undefined : span;
  }

  has(name: string): boolean {
    return this.span(name) !== undefined;
  }

  /** The model's name. @throws GatewayError invalid_value */
  model(): string {
    const span = this.span("model");
    const model = span === undefined ? "" : (stringAt(this.#body, span) ?? "");
    checkModelName(model);
    return model;
  }

  /** @throws GatewayError invalid_value for anything but a boolean, null or nothing */
  boolean(name: string): boolean | undefined {
    const span = this.span(name);
    if (span === undefined) return undefined;
    const value = booleanAt(this.#body, span);
    if (value === undefined) throw errors.invalidValue(name, "must be true or false");
    return value;
  }

  /**
   * A whole number within bounds; absent is undefined, null is refused like any other thing that is no number (D84).
   * @throws GatewayError invalid_value
   */
  integer(name: string, least: number, most: number): number | undefined {
    const span = this.#scan.members.get(name);
    if (span === undefined) return undefined;
    const value = numberAt(this.#body, span);
    if (value === undefined || !Number.isSafeInteger(value) || value < least || value > most)
      throw errors.invalidValue(
        name,
        most === Number.MAX_SAFE_INTEGER
          ? `must be an integer of at least ${least}`
          : `must be an integer between ${least} and ${most}`,
      );
    return value;
  }

  /** Checks that a number is one that can be computed with: 1e309 is not. @throws GatewayError invalid_value */
  finite(name: string): void {
    const span = this.span(name);
    if (span === undefined) return;
    const value = numberAt(this.#body, span);
    if (value === undefined || !Number.isFinite(value)) throw errors.invalidValue(name, "must be a number");
  }

  /** A number; undefined for everything else. */
  number(name: string): number | undefined {
    const span = this.span(name);
    return span === undefined ? undefined : numberAt(this.#body, span);
  }

  /** The length of an array; 0 when absent. @throws GatewayError invalid_value when it is no array, or too long */
  length(name: string, most: number): number {
    const span = this.span(name);
    if (span === undefined) return 0;
    if (!isArrayAt(this.#body, span)) throw errors.invalidValue(name, "must be an array");
    if (span.items > most) throw errors.invalidValue(name, `must have at most ${most} elements`);
    return span.items;
  }

  /** @throws GatewayError invalid_value unless there is at least one message */
  messages(): number {
    const count = this.length("messages", MAX_MESSAGES);
    if (count === 0) throw errors.invalidValue("messages", "must be an array of at least one message");
    return count;
  }

  /** One stop sequence or a list of them. @throws GatewayError invalid_value */
  stops(name: string): void {
    const span = this.span(name);
    if (span !== undefined && stringAt(this.#body, span) === undefined) this.length(name, MAX_STOPS);
  }

  /** The text of a string; undefined for everything else. */
  text(name: string): string | undefined {
    const span = this.span(name);
    return span === undefined ? undefined : stringAt(this.#body, span);
  }

  /** A small object, parsed by itself. @throws GatewayError invalid_value when it is no object, or not small */
  object(name: string): JsonObject | undefined {
    const span = this.span(name);
    if (span === undefined) return undefined;
    if (!isObjectAt(this.#body, span)) throw errors.invalidValue(name, "must be an object");
    if (span.end - span.start > MAX_OBJECT_BYTES) throw errors.invalidValue(name, "is too large");
    return JSON.parse(rawAt(this.#body, span)) as JsonObject;
  }

  /** The same for a parameter that only some providers know, in forms of their own: undefined unless it is an object. */
  objectIfAny(name: string): JsonObject | undefined {
    const span = this.span(name);
    return span !== undefined && isObjectAt(this.#body, span) ? this.object(name) : undefined;
  }

  /** Refuses a parameter that must not be used at all. Null, and an empty array, are no use. @throws GatewayError invalid_value */
  refuse(name: string, why: string): void {
    const span = this.span(name);
    if (span === undefined || (isArrayAt(this.#body, span) && span.items === 0)) return;
    throw errors.invalidValue(name, why);
  }

  /** Refuses all values of a string but those that cost nothing extra. @throws GatewayError invalid_value */
  oneOf(name: string, allowed: readonly string[]): void {
    if (!this.has(name)) return;
    const value = this.text(name);
    if (value === undefined || !allowed.includes(value))
      throw errors.invalidValue(name, `must be one of: ${allowed.join(", ")}`);
  }

  /** Bytes of the members that can become prompt: all but those named. */
  promptBytes(notPrompt: ReadonlySet<string>): number {
    let bytes = 0;
    for (const [name, span] of this.#scan.members) if (!notPrompt.has(name)) bytes += span.end - span.start;
    return bytes;
  }

  /** Whether all kinds of thing within the members are among the known ones. */
  tagsWithin(names: readonly string[], known: ReadonlySet<string>): boolean {
    for (const name of names)
      for (const tag of this.#scan.members.get(name)?.tags ?? []) if (!known.has(tag)) return false;
    return true;
  }

  /** Whether a member's bytes hold a text, wherever in it. */
  includes(name: string, text: string): boolean {
    const span = this.#scan.members.get(name);
    return span !== undefined && this.#body.subarray(span.start, span.end).includes(text);
  }

  /** The longest cache lifetime that is asked for anywhere in the body. */
  cacheWrite(): ContentBound["cacheWrite"] {
    let found: ContentBound["cacheWrite"] = "none";
    for (const { tags } of this.#scan.members.values()) {
      if (tags.has("1h")) return "1h";
      if (tags.has("ephemeral")) found = "5m";
    }
    return found;
  }
}

/** The values of `service_tier` that are the standard price, whatever a provider calls it. */
export const STANDARD_TIERS = ["auto", "default", "standard", "standard_only", "on_demand"] as const;

/** Why a parameter is refused. */
export const REFUSALS = {
  /** Reference to an object on the provider's side: it escapes metering and, on a shared key, crosses customers (§9.3). */
  providerObject: "references to files or containers at the provider are not supported; send the content itself",
  serverTool: "tools that run at the provider are not supported",
  background: "is not supported; the reply is always awaited",
} as const;

/** Gathers what a walk over a prompt finds beyond its text. */
export class ContentTally {
  images = 0;
  files = 0;
  audioBytes = 0;
  unbounded = false;
  /** What of the tools runs at the provider. */
  readonly serverTools: ServerTool[] = [];
  /** Bytes of base64, which are no text. */
  dataBytes = 0;

  /** @param data base64 */
  data(data: Json | undefined): void {
    if (typeof data === "string") this.dataBytes += data.length;
  }

  /**
   * @param url base64, a URL that holds base64, or an address, which is fetched by a provider or by us
   * @throws GatewayError url_not_allowed for an address that is not public: the provider may stand in the operator's network (D97)
   */
  address(url: Json | undefined, path: string): void {
    if (typeof url === "string" && !isHarmless(url)) throw errors.urlNotAllowed(path);
    this.data(url);
  }
}

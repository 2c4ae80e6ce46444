/** The words in which the gateway's own API is described: operations as data, and short makers of JSON Schema. */

/** A JSON Schema, as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>> & { readonly description?: string };

/** What has nothing to say says nothing. */
const said = (description: string): { description?: string } => (description === "" ? {} : { description });

export const text = (description: string, example?: string): Schema => ({
  type: "string",
  ...said(description),
  ...(example === undefined ? {} : { example }),
});
export const whole = (description: string): Schema => ({ type: "integer", ...said(description) });
export const decimal = (description: string): Schema => ({ type: "number", ...said(description) });
export const flag = (description: string): Schema => ({ type: "boolean", ...said(description) });
export const word = (words: readonly string[], description: string): Schema => ({
  type: "string",
  enum: words,
  ...said(description),
});
export const list = (items: Schema, description = ""): Schema => ({
  type: "array",
  items,
  ...said(description),
});
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** An object whose further members are allowed: clients send, and providers add, more than is listed. */
export const object = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: "object",
  properties,
  ...(required.length === 0 ? {} : { required }),
  additionalProperties: true,
});

/** An amount as text, exact, in the storefront's unit. */
export const amount = (description: string): Schema =>
  text(`${description} Exact, in the storefront's unit.`, "0.0001925");

/** Whose shape errors have on a route. */
export type ErrorShape = "OpenaiError" | "AnthropicError" | "GeminiError";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly schema: Schema;
}

export interface Operation {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly tag: GatewayTag;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  /** By media type. */
  readonly body?: Readonly<Record<string, Schema>>;
  /** By media type; `null` answers without a body. */
  readonly answer: Readonly<Record<string, Schema>>;
  readonly errors: ErrorShape;
  /** It is charged: its reply says what it cost, and it may be refused with 402. */
  readonly isCharged?: true;
  /** It asks for no key. */
  readonly isOpen?: true;
}

export const GATEWAY_TAGS = {
  OpenAI: "For OpenAI's clients: base URL ending in `/v1`.",
  Anthropic: "For Anthropic's clients: base URL without `/v1`.",
  Google: "For Google's clients.",
  Video: "Videos are tasks: begin one, ask for it, fetch it.",
  Models: "What can be called, and at what price.",
  Account: "The holder of a key: balance, history, a charge line by line, a price before the call.",
  Operation: "Probes. They need no key.",
} as const;
export type GatewayTag = keyof typeof GATEWAY_TAGS;

export const JSON_TYPE = "application/json";
export const EVENT_TYPE = "text/event-stream";
export const FORM_TYPE = "multipart/form-data";

/** A parameter of the path. */
export const inPath = (name: string, description: string): Parameter => ({
  name,
  in: "path",
  description,
  schema: { type: "string" },
});
/** A parameter of the query. */
export const inQuery = (name: string, schema: Schema): Parameter => ({
  name,
  in: "query",
  description: schema.description ?? "",
  schema,
});
export const inHeader = (name: string, schema: Schema): Parameter => ({
  name,
  in: "header",
  description: schema.description ?? "",
  schema,
});

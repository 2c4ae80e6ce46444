/** The whole public document: the gateway's API, which is described by hand (its routes take what clients send), and the console's. */
import { ERROR_CODES, errorRow } from "../../errors.ts";
import type { consoleDocument } from "../document.ts";
import { ACCOUNT, ACCOUNT_SCHEMAS } from "./account.ts";
import { CONVERSATION_SCHEMAS, CONVERSATIONS } from "./conversations.ts";
import { MEDIA, MEDIA_SCHEMAS } from "./media.ts";
import {
  amount,
  GATEWAY_TAGS,
  JSON_TYPE,
  object,
  orNull,
  text,
  whole,
  type Operation,
  type Schema,
} from "./operation.ts";

type Document = ReturnType<typeof consoleDocument>;

/** Every operation of the gateway. */
export const OPERATIONS: readonly Operation[] = [...CONVERSATIONS, ...MEDIA, ...ACCOUNT];

const ERRORS = {
  OpenaiError: object({
    error: object({
      message: text("What happened."),
      type: text("OpenAI's word for it."),
      param: orNull(text("The field at fault.")),
      code: orNull(text("Which error.")),
    }),
  }),
  AnthropicError: object({
    type: { const: "error" },
    error: object({ type: text("Anthropic's word for it."), message: text("What happened.") }),
    request_id: text("The request."),
  }),
  GeminiError: object({
    error: object({
      code: whole("The status."),
      message: text("What happened."),
      status: text("Google's word for it."),
      details: { type: "array", items: {} },
    }),
  }),
} as const satisfies Readonly<Record<string, Schema>>;

/** Headers of replies, by the names of their components. */
const HEADERS = {
  "x-request-id": text("The request's id; `request-id` is the same. Name it when you ask for help."),
  "x-farthing-cost": amount("What was charged."),
  "x-farthing-balance": amount("What is left."),
  "x-farthing-usage-source": text("`reported`, `estimated`, `recovered` or `none`."),
  "x-farthing-max-tokens": text("The cap that the provider got, where the balance lowered it."),
  "x-farthing-dropped": text("What translation could not carry, by name."),
  "x-farthing-sandbox": text("`true` where the built-in provider answered."),
  "x-should-retry": text("`true` where the same request may succeed later."),
  "retry-after": text("Seconds, where waiting helps."),
} as const satisfies Readonly<Record<string, Schema>>;

const headersBy = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const USUAL = headersBy(["x-request-id"]);
/** What replies of charged calls say; on streams, what is known late stands in the usage instead. */
const CHARGED = headersBy(
  Object.keys(HEADERS).filter((name) => name === "x-request-id" || name.startsWith("x-farthing-")),
);
/** Advice that every error brings. */
const REFUSED = headersBy(["x-request-id", "x-should-retry", "retry-after"]);

/** Statuses of the catalogue of errors with their codes, ascending. */
const STATUSES = [...Map.groupBy(ERROR_CODES, (code) => errorRow(code).status).entries()].sort(([a], [b]) => a - b);

/** One component for each status in each shape. */
const REFUSALS = Object.fromEntries(
  (["OpenaiError", "AnthropicError", "GeminiError"] as const).flatMap((shape) =>
    STATUSES.map(([status, codes]) => [
      `${shape}${status}`,
      {
        description: codes.map((code) => `\`${code}\``).join(", "),
        headers: REFUSED,
        content: { [JSON_TYPE]: { schema: { $ref: `#/components/schemas/${shape}` } } },
      },
    ]),
  ),
);

/** Errors of money and of providers come only from what costs. */
const isPossible = (operation: Operation, status: number): boolean => {
  if (operation.isOpen === true) return false;
  return operation.isCharged === true || ![402, 409, 422, 502, 504].includes(status);
};

const contentOf = (bodies: Readonly<Record<string, Schema>>) =>
  Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));

const responsesOf = (operation: Operation) => ({
  200: {
    description: "The answer.",
    headers: operation.isCharged === true ? CHARGED : USUAL,
    content: contentOf(operation.answer),
  },
  ...Object.fromEntries(
    STATUSES.filter(([status]) => isPossible(operation, status)).map(([status]) => [
      status,
      { $ref: `#/components/responses/${operation.errors}${status}` },
    ]),
  ),
});

const described = (operation: Operation) => ({
  tags: [operation.tag],
  summary: operation.summary,
  ...(operation.description === undefined ? {} : { description: operation.description }),
  security: operation.isOpen === true ? [] : [{ bearer: [] }, { apiKey: [] }, { googleKey: [] }],
  ...(operation.parameters === undefined
    ? {}
    : { parameters: operation.parameters.map((one) => ({ ...one, required: one.in === "path" })) }),
  ...(operation.body === undefined ? {} : { requestBody: { required: true, content: contentOf(operation.body) } }),
  responses: responsesOf(operation),
});

const pathsOf = (operations: readonly Operation[]) =>
  Object.fromEntries(
    [...Map.groupBy(operations, ({ path }) => path)].map(([path, same]) => [
      path,
      Object.fromEntries(same.map((operation) => [operation.method, described(operation)])),
    ]),
  );

const ABOUT = `One key, one balance, every model. The same key works on every route, as \`Authorization: Bearer\`, \`x-api-key\`, \`x-goog-api-key\` or \`?key=\`. Every route exists below each mount of the storefront. Errors have the shape of the route's own clients, are never charged, and say in \`x-should-retry\` whether another try may help.`;

/** The gateway's routes before the console's. */
export const wholeDocument = (console: Document): object => ({
  ...console,
  info: { ...console.info, description: ABOUT },
  servers: [{ url: "/", description: "This installation." }],
  tags: [
    ...Object.entries(GATEWAY_TAGS).map(([name, description]) => ({ name, description })),
    ...(console.tags ?? []),
  ],
  paths: { ...pathsOf(OPERATIONS), ...console.paths },
  components: {
    ...console.components,
    schemas: {
      ...ERRORS,
      ...CONVERSATION_SCHEMAS,
      ...MEDIA_SCHEMAS,
      ...ACCOUNT_SCHEMAS,
      ...console.components?.schemas,
    },
    responses: REFUSALS,
    headers: Object.fromEntries(
      Object.entries(HEADERS).map(([name, schema]) => [name, { description: schema.description, schema }]),
    ),
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", description: "An API key." },
      apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "The same key." },
      googleKey: { type: "apiKey", in: "header", name: "x-goog-api-key", description: "The same key." },
      ...console.components?.securitySchemes,
    },
  },
});

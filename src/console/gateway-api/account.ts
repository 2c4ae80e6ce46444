/** What the holder of a key may ask beside calls: models, balance, history, charges, prices; and the probes. */
import { MODEL_KINDS } from "../../catalog/model.ts";
import {
  amount,
  decimal,
  flag,
  inHeader,
  inPath,
  inQuery,
  JSON_TYPE,
  list,
  object,
  orNull,
  ref,
  text,
  whole,
  word,
  type Operation,
  type Schema,
} from "./operation.ts";

const counts = object({}, []);

const limits = object({
  rpm: orNull(whole("Requests a minute.")),
  tpm: orNull(whole("Tokens a minute.")),
  concurrency: orNull(whole("Requests at once.")),
});

const modelInfo = object({
  id: text("As it is called."),
  object: word(["model.info"], ""),
  kind: word(MODEL_KINDS, "What it does."),
  owned_by: text("Who makes it."),
  aliases: list(text("Other names.")),
  context: orNull(whole("Tokens of prompt and reply together.")),
  max_output: orNull(whole("Most tokens of a reply.")),
  capabilities: list(text("What it can do.")),
  prices: object({
    unit: text("What amounts are in."),
    plan: orNull(text("Of the key's account.")),
    rates: object({}),
    list: object({}),
  }),
  limits: object({ key: limits, account: limits, model: limits }),
});

const profile = object({
  username: text("The account's name."),
  key_name: text("The key's."),
  key_id: text("The key's public id."),
  plan: orNull(text("The account's plan.")),
  unit: text("What amounts are in."),
  balance: amount("What is there."),
  credits: decimal("The same as a number, exact in its digits."),
  budget: orNull(object({ limit: amount("Of the key."), spent: amount("Of it."), left: amount("Of it.") })),
  limits: object({ key: limits, account: limits }),
});

const historyEntry = object({
  id: text("The request.", "req_…"),
  created_at: text("ISO 8601."),
  model: text("As it was asked for."),
  key_id: text("Which key."),
  status: whole("HTTP status."),
  outcome: text("A word of the table of outcomes."),
  usage_source: word(["reported", "estimated", "recovered", "none"], "Who counted."),
  prompt_tokens: whole("Cached ones included."),
  completion_tokens: whole("Thoughts included."),
  amount: amount("What was charged."),
  refunded: amount("What was given back since."),
  duration_ms: whole("From arrival to the end."),
  first_byte_ms: orNull(whole("To the first byte of content.")),
  usage: counts,
});

const charge = object({
  id: text("The request.", "req_…"),
  object: word(["charge"], ""),
  outcome: text("A word of the table of outcomes."),
  usage: counts,
  price: orNull(object({ id: whole("The price row."), valid_from: text("Since when.") })),
  lines: list(
    object({
      unit: text("What."),
      count: whole("How many."),
      price_per_million: amount("Of a million."),
      amount: amount("Of the line."),
    }),
  ),
  multiplier: text("What the plan leaves of the list price.", "0.3"),
  charged: amount("What was charged."),
  refunded: amount("What was given back."),
  held: amount("What was held."),
  dropped: list(text("A member that translation could not carry.", "logit_bias")),
});

const quote = object({
  object: word(["quote"], ""),
  model: text("As it was asked for."),
  min: amount("At least."),
  expected: amount("Probably."),
  max: amount("At most."),
  hold: amount("What would be held."),
  minimum_balance: amount("Below it the call is refused."),
  route: object({
    protocol: text("The provider's."),
    translated: flag("Another than the request's."),
    sandbox: flag("The built-in provider."),
  }),
});

const question = [
  inQuery("from", text("A date, a time or Unix seconds.")),
  inQuery("to", text("The same; it is not in it.")),
  inQuery("model", text("As it was asked for.")),
  inQuery("key_id", text("A key of the account.")),
  inQuery("outcome", text("A word of the table of outcomes.")),
  inQuery("limit", whole("Entries of a page: 100, at most 500.")),
  inQuery("before", text("The `next` of the page before.")),
  inQuery("totals", word(["true", "false"], "Sums of all that the filter leaves.")),
  inQuery("format", word(["json", "csv"], "CSV also by `Accept: text/csv`.")),
];

const models = object({
  object: word(["list"], ""),
  data: list(
    object({
      id: text("As it is called."),
      object: text("`model`."),
      created: whole("Unix seconds."),
      owned_by: text("Who makes it."),
    }),
  ),
});

export const ACCOUNT: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/models",
    tag: "Models",
    summary: "Every model that the key can call.",
    description:
      "In OpenAI's shape; in Anthropic's where `anthropic-version` is sent, in Google's for Google's clients.",
    parameters: [inHeader("anthropic-version", text("Any: the list comes in Anthropic's shape."))],
    answer: { [JSON_TYPE]: models },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/v1/models/{model}",
    tag: "Models",
    summary: "One of them.",
    parameters: [inPath("model", "Id or alias; it may hold slashes.")],
    answer: { [JSON_TYPE]: object({ id: text("As it is called.") }) },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/cursor/v1/models",
    tag: "Models",
    summary: "Models under the names that Cursor leaves to others.",
    answer: { [JSON_TYPE]: models },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/v1beta/models",
    tag: "Models",
    summary: "The same list for Google's clients.",
    answer: { [JSON_TYPE]: object({ models: list(object({ name: text("`models/…`.") })) }) },
    errors: "GeminiError",
  },
  {
    method: "get",
    path: "/v1beta/models/{model}",
    tag: "Models",
    summary: "One of them.",
    parameters: [inPath("model", "Id or alias.")],
    answer: { [JSON_TYPE]: object({ name: text("`models/…`.") }) },
    errors: "GeminiError",
  },
  {
    method: "get",
    path: "/v1/models/info",
    tag: "Models",
    summary: "What each model is, takes, and costs under the key's plan.",
    answer: { [JSON_TYPE]: object({ data: list(ref("ModelInfo")) }) },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/v1/models/info/{model}",
    tag: "Models",
    summary: "One of them.",
    parameters: [inPath("model", "Id or alias.")],
    answer: { [JSON_TYPE]: ref("ModelInfo") },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/v1/profile",
    tag: "Account",
    summary: "Balance, plan, limits and budget of the key's holder.",
    answer: { [JSON_TYPE]: ref("Profile") },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/v1/usage",
    tag: "Account",
    summary: "Every request of the account, newest first, with what it cost to the last nano.",
    parameters: question,
    answer: {
      [JSON_TYPE]: object({
        object: word(["list"], ""),
        unit: text("What amounts are in."),
        data: list(historyEntry),
        has_more: flag("There is another page."),
        next: orNull(text("Its `before`.")),
      }),
      "text/csv": text("One line each."),
    },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/v1/charges/{id}",
    tag: "Account",
    summary: "One charge, line by line.",
    parameters: [inPath("id", "The request's id, `req_…`: the reply's `x-request-id`.")],
    answer: { [JSON_TYPE]: ref("Charge") },
    errors: "OpenaiError",
  },
  {
    method: "post",
    path: "/v1/quote",
    tag: "Account",
    summary: "The price of a call before it is made. Free; nothing is called.",
    description: "The body is that of the call, in any protocol; its answer's errors are in that protocol too.",
    parameters: [
      inQuery(
        "protocol",
        text(
          "`chat`, `responses`, `messages`, `gemini`, `completions`, `embeddings`, `images` or `speech`; by the body where it is clear.",
        ),
      ),
      inQuery("model", text("For a Gemini body, whose path would say it.")),
    ],
    body: { [JSON_TYPE]: object({}) },
    answer: { [JSON_TYPE]: ref("Quote") },
    errors: "OpenaiError",
  },
  {
    method: "get",
    path: "/healthz",
    tag: "Operation",
    summary: "The process lives.",
    answer: { [JSON_TYPE]: object({ status: word(["ok"], "") }) },
    errors: "OpenaiError",
    isOpen: true,
  },
  {
    method: "get",
    path: "/readyz",
    tag: "Operation",
    summary: "It wants traffic; 503 while it does not.",
    answer: { [JSON_TYPE]: object({ status: word(["ok"], "") }) },
    errors: "OpenaiError",
    isOpen: true,
  },
];

export const ACCOUNT_SCHEMAS = {
  ModelInfo: modelInfo,
  Profile: profile,
  Charge: charge,
  Quote: quote,
} as const satisfies Readonly<Record<string, Schema>>;

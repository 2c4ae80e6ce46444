/** The response object of replies that we write: what the request said is repeated in it, as from OpenAI. */
import { brokenReply } from "../broken.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { ReplyContext } from "../protocol.ts";
import { isObject, listOf } from "../value.ts";

/** Members that a response repeats from its request, with what they are where the request left them out. */
const ECHOED = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  reasoning: { effort: null, summary: null },
  service_tier: "default",
  temperature: 1,
  text: { format: { type: "text" } },
  tool_choice: "auto",
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: "disabled",
  user: null,
} as const satisfies Readonly<Record<string, Json>>;

const requestOf = ({ call }: ReplyContext): JsonObject => call?.json() ?? {};

/** A response without its status, output and usage. It is never stored, whatever the request said. */
export const responseOf = (context: ReplyContext): JsonObject => {
  const request = requestOf(context);
  const echoed = Object.entries(ECHOED).map(([name, absent]) => [name, request[name] ?? absent] as const);
  return {
    id: `resp_${context.requestId}`,
    object: "response",
    created_at: context.created,
    completed_at: null,
    error: null,
    incomplete_details: null,
    model: context.model,
    previous_response_id: null,
    background: false,
    store: false,
    ...Object.fromEntries(echoed),
  };
};

/** The names of the tools that take free text: their calls must come back as such. */
export const customTools = (context: ReplyContext): ReadonlySet<string> => {
  const names = new Set<string>();
  for (const tool of listOf(requestOf(context)["tools"]))
    if (isObject(tool) && tool["type"] === "custom" && typeof tool["name"] === "string") names.add(tool["name"]);
  return names;
};

/** @throws UpstreamBroken unless the response is there and has ended: a queued one would be billed without ever being seen */
export const checkComplete = (response: JsonObject): void => {
  if (!Array.isArray(response["output"])) throw brokenReply("the reply has no output");
  const { status } = response;
  if (status === "queued" || status === "in_progress" || status === "cancelled")
    throw brokenReply("the reply has not ended");
};

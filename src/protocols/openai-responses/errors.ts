/** Errors of Responses: a request's are those of Chat Completions word for word; a stream's have events of their own. */
import type { Json } from "../canonical.ts";
import { bodyFault } from "../fault.ts";
import type { ReplyContext, UpstreamFault } from "../protocol.ts";
import { sseEvent, type SseEvent } from "../sse.ts";
import { isObject } from "../value.ts";
import { responseOf } from "./response.ts";

export { errorBody, errorStatus } from "../openai-chat/errors.ts";

/** The number of the last event of a stream that failed: how many went before it is not known here, and it must be above them. */
const LAST_NUMBER = 1_000_000_000;

/** The last event of a stream that failed: clients of the dialect read its end from `response.failed` alone. */
export const streamErrorEvent = (message: string, context: ReplyContext): string => {
  const error = { code: "server_error", message };
  const response = { ...responseOf(context), status: "failed", error, output: [], usage: null };
  return sseEvent(
    JSON.stringify({ type: "response.failed", sequence_number: LAST_NUMBER, response }),
    "response.failed",
  );
};

const says = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== false;

/**
 * The fault of an `error` event (flat as documented, or nested as it is sent), of `response.failed`, or of a body that failed.
 * @returns undefined when the event is no error
 */
export const eventFault = (event: SseEvent | undefined, body: Json): UpstreamFault | undefined => {
  if (!isObject(body)) return event?.event === "error" ? bodyFault(body, {}) : undefined;
  const { type, error, response, status } = body;
  if (type === "response.failed") return bodyFault(isObject(response) ? response["error"] : undefined, {});
  if (type === "error" || event?.event === "error") return bodyFault(says(error) ? error : undefined, body);
  if (says(error) || status === "failed") return bodyFault(error, {});
  return undefined;
};

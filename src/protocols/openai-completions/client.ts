/** Legacy completions as our customers speak them: everything but `ask`. Errors are those of Chat Completions. */
import { errorBody, errorStatus } from "../openai-chat/errors.ts";
import type { ClientSide } from "../protocol.ts";
import { readRequest } from "./read.ts";
import { CompletionStreamWriter, streamErrorEvent, writeReply } from "./writer.ts";

export const client: Omit<ClientSide, "ask"> = {
  read: readRequest,
  writeReply,
  writer: (context) => new CompletionStreamWriter(context),
  error: (error) => errorBody(error),
  status: errorStatus,
  streamError: streamErrorEvent,
  keepAlive: ": keep-alive\n\n",
  readsAll: true,
  homeless: { thinking: "thinking", tool_call: "tool_calls", image: "images" },
};

/** Chat Completions as our customers speak it: everything but `ask`. */
import type { ClientSide } from "../protocol.ts";
import { errorBody, errorStatus, streamErrorEvent } from "./errors.ts";
import { readRequest } from "./read.ts";
import { ChatStreamWriter, freeToolsOf, writeReply } from "./writer.ts";

export const client: Omit<ClientSide, "ask"> = {
  read: readRequest,
  writeReply: (reply, settled, context) => writeReply(reply, settled, context, freeToolsOf(context)),
  writer: (context) => new ChatStreamWriter(context, freeToolsOf(context)),
  error: (error) => errorBody(error),
  status: errorStatus,
  streamError: streamErrorEvent,
  keepAlive: ": keep-alive\n\n",
};

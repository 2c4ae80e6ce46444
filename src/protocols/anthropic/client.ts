/** Messages as our customers speak it: everything but `ask`. */
import type { ClientSide } from "../protocol.ts";
import { errorBody, errorStatus, streamErrorEvent } from "./errors.ts";
import { readRequest } from "./read.ts";
import { MessagesStreamWriter, PING, writeReply } from "./writer.ts";

export const client: Omit<ClientSide, "ask"> = {
  read: readRequest,
  writeReply,
  writer: (context) => new MessagesStreamWriter(context),
  error: errorBody,
  status: errorStatus,
  streamError: streamErrorEvent,
  keepAlive: PING,
};

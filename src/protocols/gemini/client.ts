/** The Gemini API as our customers speak it: everything but `ask`. */
import type { ClientSide } from "../protocol.ts";
import { errorBody, errorStatus, streamErrorEvent } from "./errors.ts";
import { framing } from "./framing.ts";
import { readRequest } from "./read.ts";
import { GeminiStreamWriter, KEEP_ALIVE, writeReply } from "./writer.ts";

export const client: Omit<ClientSide, "ask"> = {
  read: readRequest,
  writeReply,
  writer: (context) => new GeminiStreamWriter(context),
  error: errorBody,
  status: errorStatus,
  streamError: streamErrorEvent,
  keepAlive: KEEP_ALIVE,
  framing,
};

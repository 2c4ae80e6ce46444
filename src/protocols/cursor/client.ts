/** Cursor as our customer: plain chat once its requests are in order, and replies of its own. */
import { openaiChat } from "../openai-chat/index.ts";
import type { ClientSide } from "../protocol.ts";
import { ask } from "./ask.ts";
import { streamErrorEvents } from "./errors.ts";
import { prepare } from "./prepare.ts";
import { readRequest } from "./read.ts";
import { CursorStreamWriter, replyHeaders, writeReply } from "./writer.ts";

export const client: ClientSide = {
  ...openaiChat.client,
  prepare,
  writesAll: true,
  replyHeaders,
  ask,
  read: readRequest,
  writeReply,
  writer: (context) => new CursorStreamWriter(context),
  streamError: streamErrorEvents,
};

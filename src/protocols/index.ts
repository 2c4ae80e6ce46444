/** The registry of protocols: adding one is a folder and a line here. */
import { anthropic } from "./anthropic/index.ts";
import { gemini } from "./gemini/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";
import type { Protocol, ProtocolId } from "./protocol.ts";

export const PROTOCOLS = {
  "openai-chat": openaiChat,
  "openai-responses": openaiResponses,
  anthropic,
  gemini,
} as const satisfies Record<ProtocolId, Protocol>;

/** OpenAI Responses, both sides of it. */
import type { Protocol } from "../protocol.ts";
import { ask } from "./ask.ts";
import { client } from "./client.ts";
import { responsesEdits } from "./edits.ts";
import { ResponsesMeter } from "./meter.ts";
import { upstream } from "./upstream.ts";

export const openaiResponses: Protocol = {
  id: "openai-responses",
  client: { ...client, ask },
  upstream,
  edits: responsesEdits(upstream),
  meter: (target) => new ResponsesMeter(target),
};

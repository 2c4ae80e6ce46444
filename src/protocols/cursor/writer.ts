/** Writes replies for Cursor: always Chat Completions, streamed or whole, whatever dialect the request came in. */
import type { Json, Reply, ReplyEvent } from "../canonical.ts";
import { collect } from "../collect.ts";
import { ChatStreamWriter, writeReply as writeChatReply } from "../openai-chat/writer.ts";
import type { Call, ReplyContext, Settled, StreamWriter } from "../protocol.ts";
import { eventsOf, Turn } from "./turn.ts";

export class CursorStreamWriter implements StreamWriter {
  readonly #turn: Turn;
  readonly #chat: ChatStreamWriter;

  constructor(context: ReplyContext) {
    this.#turn = new Turn(context);
    this.#chat = new ChatStreamWriter(context);
  }

  write(event: ReplyEvent): string {
    let text = "";
    for (const heard of this.#turn.write(event)) text += this.#chat.write(heard);
    return text;
  }

  end(settled: Settled): string {
    return this.#chat.end(settled);
  }
}

const heardIn = (reply: Reply, context: ReplyContext): { readonly reply: Reply; readonly turn: Turn } => {
  const turn = new Turn(context);
  const heard = collect(eventsOf(reply).flatMap((event) => turn.write(event)));
  return { reply: heard, turn };
};

export const writeReply = (reply: Reply, settled: Settled, context: ReplyContext): Json =>
  writeChatReply(heardIn(reply, context).reply, settled, context);

/** What of a request its reply's state depends on: the tools alone. */
const stateContext = (call: Call): ReplyContext => ({ requestId: "", model: "", created: 0, wantsUsage: true, call });

/** Where a whole reply leaves the agent, for whoever drives one. */
export const replyHeaders = (reply: Reply, call: Call): Readonly<Record<string, string>> => ({
  "x-farthing-turn-state": heardIn(reply, stateContext(call)).turn.state,
});

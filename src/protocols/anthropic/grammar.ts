/** The order of events in a Messages stream, as far as its clients depend on it: they throw on what breaks it. */
import { brokenReply } from "../broken.ts";
import type { Json } from "../canonical.ts";
import type { StreamGrammar } from "../protocol.ts";
import { isObject } from "../value.ts";

export class MessagesGrammar implements StreamGrammar {
  #begun = false;
  readonly #open = new Set<Json | undefined>();

  check(body: Json): void {
    if (!isObject(body) || typeof body["type"] !== "string") throw brokenReply("an event has no type");
    const { type, index } = body;
    if (type === "ping") return;
    if (this.#begun === (type === "message_start")) throw brokenReply("a message begins twice, or not at all");
    this.#begun = true;
    switch (type) {
      case "content_block_start":
        if (this.#open.has(index)) throw brokenReply("a block begins twice");
        this.#open.add(index);
        return;
      case "content_block_delta":
        if (!this.#open.has(index)) throw brokenReply("a delta belongs to no block");
        return;
      case "content_block_stop":
        if (!this.#open.delete(index)) throw brokenReply("a block ends that is not open");
        return;
      default:
      // Events that are added later may come anywhere in a message.
    }
  }
}

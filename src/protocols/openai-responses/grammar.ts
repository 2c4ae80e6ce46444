/** The form and order of events in a Responses stream, as far as its clients depend on it. */
import { brokenReply } from "../broken.ts";
import type { Json } from "../canonical.ts";
import type { StreamGrammar } from "../protocol.ts";
import { isObject } from "../value.ts";

export class ResponsesGrammar implements StreamGrammar {
  #begun = false;
  #last: number | undefined;
  /** Numbers go up here: servers that give every event the same number give none. */
  #ascends = false;

  check(body: Json): void {
    if (!isObject(body) || typeof body["type"] !== "string") throw brokenReply("an event has no type");
    const { type, sequence_number: number } = body;
    if (type === "response.created") {
      if (this.#begun) throw brokenReply("a response begins twice");
      this.#begun = true;
    }
    if (typeof number !== "number") return;
    if (this.#last !== undefined && number > this.#last) this.#ascends = true;
    else if (this.#ascends) throw brokenReply("events are not in order");
    this.#last = number;
  }
}

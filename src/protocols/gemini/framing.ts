/**
 * The two forms of a stream: events with `alt=sse`, else one JSON array that arrives piece by piece. Inside, a stream is events;
 * the array is made of them at the client's end, and read as them at the provider's.
 */
import type { Json } from "../canonical.ts";
import type { Call, StreamFraming } from "../protocol.ts";
import { MAX_DRAWN_BYTES, sseEvent, SseReader } from "../sse.ts";

class ArrayFraming implements StreamFraming {
  readonly contentType = "application/json; charset=utf-8";
  /** White space is nothing to a reader of JSON. */
  readonly keepAlive = "\r\n";
  readonly #reader = new SseReader(MAX_DRAWN_BYTES);
  #begun = false;

  write(bytes: Buffer): Buffer {
    this.#reader.push(bytes);
    let text = "";
    for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next())
      text += this.#element(frame.data);
    return Buffer.from(text);
  }

  end(bytes: Buffer): Buffer {
    const text = this.write(bytes).toString("utf8") + this.#element(this.#reader.end()?.data);
    // The array is closed whatever happened, so that what did arrive can be read.
    return Buffer.from(`${text}${this.#begun ? "" : "["}]`);
  }

  #element(data: string | undefined): string {
    if (data === undefined || data.trim() === "") return "";
    const before = this.#begun ? ",\r\n" : "[";
    this.#begun = true;
    return before + data;
  }
}

/** How a client wants its stream; undefined for events. */
export const framing = ({ route }: Call): StreamFraming | undefined =>
  route?.sse === false ? new ArrayFraming() : undefined;

/** The JSON array that some providers answer a stream with, as the events that were asked for; undefined for anything else. */
export const arrayAsEvents = (body: Buffer): Buffer | undefined => {
  let json: Json;
  try {
    json = JSON.parse(body.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
  if (!Array.isArray(json)) return undefined;
  return Buffer.from((json as readonly Json[]).map((element) => sseEvent(JSON.stringify(element))).join(""));
};

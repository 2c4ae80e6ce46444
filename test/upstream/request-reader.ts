/** Reads HTTP/1.1 requests off a socket, one after the other, and forgives everything: only tests send here. */

/** A request as it arrived. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-cased names; the last of repeated headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values as sent, in order. */
  readonly rawHeaders: readonly (readonly [string, string])[];
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");

const parseHead = (text: string): RawRequest => {
  const [start = "", ...lines] = text.split("\r\n");
  const [method = "", path = ""] = start.split(" ");
  const rawHeaders = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
  });
  return { method, path, rawHeaders, headers: Object.fromEntries(rawHeaders.map(([k, v]) => [k.toLowerCase(), v])) };
};

/** A chunked body that is complete: its content and the bytes it took, or null while some are missing. */
const readChunked = (bytes: Buffer): { body: Buffer; taken: number } | null => {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return null;
    const size = Number.parseInt(bytes.toString("latin1", at, line), 16);
    const end = line + 2 + size + 2;
    if (bytes.length < end) return null;
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = end;
    if (size === 0) return { body: Buffer.concat(parts), taken: at };
  }
};

export interface RequestHandler {
  head(request: RawRequest): void;
  body(body: Buffer): void;
}

/** Feed it what arrives. It reports a head as soon as it is whole, then the body; one request at a time. */
export class RequestReader {
  readonly #handler: RequestHandler;
  #bytes: Buffer = Buffer.alloc(0);
  #request: RawRequest | undefined;
  #waiting: Buffer[] = [];
  #size = 0;

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  push(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    // A large body is put together once, when all of it has come.
    if (this.#size < Number(this.#request?.headers["content-length"] ?? 0)) return;
    this.#bytes = Buffer.concat(this.#waiting);
    while (this.#step());
    this.#waiting = [this.#bytes];
    this.#size = this.#bytes.length;
  }

  #step(): boolean {
    if (this.#request === undefined) return this.#head();
    const { headers } = this.#request;
    const length = Number(headers["content-length"] ?? 0);
    const whole =
      headers["transfer-encoding"] === "chunked"
        ? readChunked(this.#bytes)
        : this.#bytes.length < length
          ? null
          : { body: this.#bytes.subarray(0, length), taken: length };
    if (whole === null) return false;
    this.#bytes = this.#bytes.subarray(whole.taken);
    this.#request = undefined;
    this.#handler.body(Buffer.from(whole.body));
    return true;
  }

  #head(): boolean {
    const end = this.#bytes.indexOf(END_OF_HEAD);
    if (end < 0) return false;
    this.#request = parseHead(this.#bytes.toString("latin1", 0, end));
    this.#bytes = this.#bytes.subarray(end + END_OF_HEAD.length);
    this.#handler.head(this.#request);
    return true;
  }
}

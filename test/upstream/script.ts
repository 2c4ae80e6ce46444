/** What a scripted upstream does with one request: bytes, pauses and ends, in order. Nothing here is checked: any rule may be broken. */
import { gzipSync } from "node:zlib";

export type Step =
  | { readonly do: "write"; readonly bytes: Buffer }
  /** Milliseconds. */
  | { readonly do: "wait"; readonly ms: number }
  /** Waits for ever, or until the caller leaves. */
  | { readonly do: "hang" }
  /** FIN: the connection ends after what was written. */
  | { readonly do: "close" }
  /** RST: the connection breaks; bytes under way may be lost. */
  | { readonly do: "reset" };

/** Without a closing step the connection is kept for the next request. */
export interface Script {
  readonly steps: readonly Step[];
  /** Answers when the head is in, without waiting for the body. */
  readonly early?: true;
}

export type Headers = Readonly<Record<string, string | number>>;

const REASONS: Readonly<Record<number, string | undefined>> = { 200: "OK", 302: "Found", 429: "Too Many Requests" };

export const write = (bytes: Buffer | string): Step => ({
  do: "write",
  bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes,
});
export const wait = (ms: number): Step => ({ do: "wait", ms });
export const HANG: Step = { do: "hang" };
export const CLOSE: Step = { do: "close" };
export const RESET: Step = { do: "reset" };

/** A head exactly as given. */
export const head = (status: number, headers: Headers): string =>
  [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Scripted"}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "\r\n",
  ].join("\r\n");

/** A whole, well-formed reply. A header given here replaces the default, so a wrong `content-length` can be told. */
export const reply = (body: Buffer | string, options: { status?: number; headers?: Headers } = {}): Script => {
  const bytes = Buffer.from(body);
  const headers = { "content-type": "application/json", "content-length": bytes.length, ...options.headers };
  return { steps: [write(head(options.status ?? 200, headers)), write(bytes)] };
};

/** A JSON reply. */
export const json = (value: unknown, options: { status?: number; headers?: Headers } = {}): Script =>
  reply(JSON.stringify(value), options);

/** One chunk of chunked framing. */
export const chunk = (bytes: Buffer | string): Buffer => {
  const body = Buffer.from(bytes);
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);
};

export interface StreamOptions {
  readonly status?: number;
  readonly headers?: Headers;
  /** Milliseconds before each piece. */
  readonly gapMs?: number;
  /** What follows the pieces; the proper end of chunked framing unless told otherwise. */
  readonly after?: readonly Step[];
}

/** A stream in chunked framing, one chunk per piece. */
export const stream = (pieces: readonly (Buffer | string)[], options: StreamOptions = {}): Script => {
  const headers = { "content-type": "text/event-stream", "transfer-encoding": "chunked", ...options.headers };
  const gap = options.gapMs === undefined ? [] : [wait(options.gapMs)];
  return {
    steps: [
      write(head(options.status ?? 200, headers)),
      ...pieces.flatMap((piece) => [...gap, write(chunk(piece))]),
      ...(options.after ?? [write("0\r\n\r\n")]),
    ],
  };
};

/** Events as `data:` lines, one piece each. */
export const dataEvents = (...values: readonly unknown[]): string[] =>
  values.map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`);

/** Never answers. */
export const SILENT: Script = { steps: [HANG] };

/** The same bytes, a few at a time. */
export const drip = (script: Script, size: number, everyMs: number): Script => ({
  ...script,
  steps: script.steps.flatMap((step) =>
    step.do === "write" ? slices(step.bytes, () => size).flatMap((bytes) => [wait(everyMs), write(bytes)]) : [step],
  ),
});

/** The script up to its n-th byte, then another end. */
export const cutAfter = (script: Script, bytes: number, end: Step = CLOSE): Script => {
  const steps: Step[] = [];
  let left = bytes;
  for (const step of script.steps) {
    if (step.do !== "write" || step.bytes.length < left) {
      steps.push(step);
      left -= step.do === "write" ? step.bytes.length : 0;
      continue;
    }
    steps.push(write(step.bytes.subarray(0, left)));
    break;
  }
  return { ...script, steps: [...steps, end] };
};

/** A redirect, which a gateway must not follow. */
export const redirect = (location: string): Script => reply("", { status: 302, headers: { location } });

/** A body in an encoding that nobody asked for. */
export const gzipped = (body: string): Script => reply(gzipSync(body), { headers: { "content-encoding": "gzip" } });

/** A reply with a header of so many bytes. */
export const hugeHeader = (body: string, bytes: number): Script =>
  reply(body, { headers: { "x-huge": "h".repeat(bytes) } });

/** Bytes cut into pieces whose sizes the function says; at least one byte each. */
export const slices = (bytes: Buffer, size: () => number): Buffer[] => {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + Math.max(1, size());
    cut.push(bytes.subarray(at, end));
    at = end;
  }
  return cut;
};

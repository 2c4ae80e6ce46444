/** One call to a provider about a task: its JSON answer, or why there is none. */
import type { HoldToken } from "../hold.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { isObject } from "../protocols/value.ts";
import { authHeaders } from "../providers/auth.ts";
import type { VideoSurface } from "../providers/provider.ts";
import type { ProviderClient, SendFailure, Sending } from "../providers/send.ts";
import type { VideoCall } from "../providers/video/video.ts";
import type { Upstream } from "../upstreams/upstream.ts";

/** An answer about a task is small; what is larger is none. */
const ANSWER_BYTES = 4 * 1024 * 1024;
/** How long a call may take, milliseconds: one that makes a job carries images. */
export const CALL_MS = { create: 60_000, other: 20_000 } as const;

/** `body` is null for what is no JSON object. */
export type Answer =
  | { readonly kind: "answer"; readonly status: number; readonly body: JsonObject | null }
  | { readonly kind: "silence"; readonly failure: SendFailure };

export interface Place {
  readonly upstream: Upstream;
  readonly surface: VideoSurface;
}

const parsed = (bytes: Buffer): JsonObject | null => {
  try {
    const value = JSON.parse(bytes.toString("utf8")) as Json;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
};

const TOO_LONG: SendFailure = { kind: "protocol", sent: true, stale: false, code: "ANSWER_TOO_LARGE" };

/** Calls a provider; never throws. A connection that turns out to be closed is replaced once, as long as nothing was answered. */
export const callProvider = async (
  client: ProviderClient,
  hold: HoldToken,
  { upstream, surface }: Place,
  call: VideoCall,
): Promise<Answer> => {
  const once = (): Promise<Answer> =>
    new Promise((resolve) => {
      const parts: Buffer[] = [];
      let [size, status] = [0, 0];
      const sending: Sending = client.send(
        hold,
        {
          method: call.method,
          baseUrl: upstream.baseUrl + surface.prefix,
          path: call.path,
          headers: { ...call.headers, ...authHeaders(surface.auth, upstream.apiKey) },
          body: call.body === undefined ? [] : [Buffer.from(JSON.stringify(call.body))],
          stream: false,
          timeouts: { wholeMs: call.method === "GET" ? CALL_MS.other : CALL_MS.create },
        },
        {
          head: (code) => {
            status = code;
          },
          data: (chunk) => {
            size += chunk.length;
            parts.push(chunk);
            if (size <= ANSWER_BYTES) return;
            sending.abort();
            resolve({ kind: "silence", failure: TOO_LONG });
          },
          end: () => {
            resolve({ kind: "answer", status, body: parsed(Buffer.concat(parts)) });
          },
          fail: (failure) => {
            resolve({ kind: "silence", failure });
          },
        },
      );
    });
  const answer = await once();
  return answer.kind === "silence" && answer.failure.stale ? once() : answer;
};

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

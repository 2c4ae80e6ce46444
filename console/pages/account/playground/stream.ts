/** One call of the gateway as a client makes it: sent, and read piece by piece. */
import type { MoneyUnit } from "../../../format/money.ts";
import type { Bill, Piece } from "./conversation.ts";

/** What comes of a call, in the order in which it comes. */
export type Event =
  | { readonly kind: "head"; readonly requestId: string | null; readonly isSandbox: boolean }
  | { readonly kind: "piece"; readonly piece: Piece }
  | { readonly kind: "bill"; readonly bill: Bill };

/** The gateway said no, or broke off; the message is its own and safe to show. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
}

interface Delta {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly images?: readonly { readonly image_url?: { readonly url?: string } }[];
  readonly tool_calls?: readonly {
    readonly index?: number;
    readonly id?: string;
    readonly function?: { readonly name?: string; readonly arguments?: string };
  }[];
}

interface Usage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cost?: string;
  readonly dropped?: readonly string[];
}

interface Chunk {
  readonly choices?: readonly { readonly delta?: Delta; readonly message?: Delta }[];
  readonly usage?: Usage | null;
  readonly error?: { readonly message?: string };
}

const pieceOf = ({ content, reasoning_content: thinking, images, tool_calls: calls }: Delta): Piece => ({
  ...(typeof content === "string" ? { text: content } : {}),
  ...(typeof thinking === "string" ? { thinking } : {}),
  ...(images === undefined ? {} : { images: images.flatMap(({ image_url: image }) => image?.url ?? []) }),
  ...(calls === undefined
    ? {}
    : {
        calls: calls.map(({ index, id, function: called }, at) => ({
          index: index ?? at,
          ...(id === undefined ? {} : { id }),
          ...(called?.name === undefined ? {} : { name: called.name }),
          ...(called?.arguments === undefined ? {} : { arguments: called.arguments }),
        })),
      }),
});

const NANO_DECIMALS = 9;

/** A decimal in the storefront's unit as nano-USD. */
const nanoOf = (decimal: string, { rate }: MoneyUnit): string => {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const digits = BigInt(`${whole}${fraction.slice(0, NANO_DECIMALS).padEnd(NANO_DECIMALS, "0")}`);
  return ((digits * BigInt(rate.den)) / BigInt(rate.num)).toString();
};

const billOf = (usage: Usage, unit: MoneyUnit): Bill => ({
  nano: nanoOf(usage.cost ?? "0", unit),
  inputTokens: usage.prompt_tokens ?? 0,
  outputTokens: usage.completion_tokens ?? 0,
  dropped: usage.dropped ?? [],
});

function* eventsOf(chunk: Chunk, unit: MoneyUnit): Generator<Event> {
  if (chunk.error !== undefined) throw new CallFailed(chunk.error.message ?? "The reply broke off.");
  const said = chunk.choices?.[0]?.delta ?? chunk.choices?.[0]?.message;
  if (said !== undefined) yield { kind: "piece", piece: pieceOf(said) };
  if (chunk.usage !== undefined && chunk.usage !== null) yield { kind: "bill", bill: billOf(chunk.usage, unit) };
}

/** Data of server-sent events: the gateway writes one `data:` line for each. */
async function* dataOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = `${rest}${value}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) yield line.slice("data:".length).trim();
  }
}

const messageOf = async (response: Response): Promise<string> => {
  try {
    const { error } = (await response.json()) as Chunk;
    return error?.message ?? `The gateway answered ${response.status}.`;
  } catch {
    return `The gateway answered ${response.status}.`;
  }
};

export interface CallOrder {
  /** Such as `https://…/v1`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly body: Record<string, unknown>;
  readonly strict: boolean;
  readonly unit: MoneyUnit;
  readonly signal: AbortSignal;
}

/** Calls the gateway. @throws CallFailed with words for the reader; the abort's own error when it was stopped */
export async function* call({ baseUrl, key, body, strict, unit, signal }: CallOrder): AsyncGenerator<Event> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    // The gateway knows keys, never cookies.
    credentials: "omit",
    signal,
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "x-farthing-usage": "cost",
      ...(strict ? { "x-farthing-strict": "true" } : {}),
    },
    body: JSON.stringify(body),
  });
  yield {
    kind: "head",
    requestId: response.headers.get("x-request-id"),
    isSandbox: response.headers.get("x-farthing-sandbox") === "true",
  };
  if (!response.ok || response.body === null) throw new CallFailed(await messageOf(response));
  if (body["stream"] !== true) {
    const dropped = (response.headers.get("x-farthing-dropped") ?? "").split(",").map((name) => name.trim());
    const chunk = (await response.json()) as Chunk;
    const usage = { ...chunk.usage, dropped: dropped.filter((name) => name !== "") };
    yield* eventsOf({ ...chunk, usage }, unit);
    return;
  }
  for await (const data of dataOf(response.body)) {
    if (data === "[DONE]") return;
    yield* eventsOf(JSON.parse(data) as Chunk, unit);
  }
}

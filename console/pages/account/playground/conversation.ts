/** A conversation of the playground: what was said, what is sent, what comes. Pure. */

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, as far as it has come. */
  readonly arguments: string;
}

/** What one reply cost and used, as the gateway said at its end. */
export interface Bill {
  /** Nano-USD. */
  readonly nano: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly dropped: readonly string[];
}

interface UserTurn {
  readonly role: "user";
  readonly text: string;
  /** data: addresses. */
  readonly images: readonly string[];
}

export interface ToolTurn {
  readonly role: "tool";
  readonly callId: string;
  readonly name: string;
  readonly text: string;
}

export interface ModelTurn {
  readonly role: "assistant";
  readonly model: string;
  readonly text: string;
  readonly thinking: string;
  readonly images: readonly string[];
  readonly calls: readonly ToolCall[];
  readonly state: "running" | "done" | "stopped" | "failed";
  /** What to tell when it failed. */
  readonly problem: string | null;
  readonly requestId: string | null;
  readonly isSandbox: boolean;
  readonly firstWordMs: number | null;
  readonly bill: Bill | null;
}

export type Turn = UserTurn | ModelTurn | ToolTurn;

export interface Options {
  readonly model: string;
  readonly system: string;
  /** As typed; empty: left to the model. */
  readonly temperature: string;
  readonly maxTokens: string;
  readonly effort: "" | "minimal" | "low" | "medium" | "high";
  readonly stream: boolean;
  readonly strict: boolean;
  /** JSON text of a list of tools; empty: none. */
  readonly tools: string;
}

export const newReply = (model: string): ModelTurn => ({
  role: "assistant",
  model,
  text: "",
  thinking: "",
  images: [],
  calls: [],
  state: "running",
  problem: null,
  requestId: null,
  isSandbox: false,
  firstWordMs: null,
  bill: null,
});

/** A piece of a reply. */
export interface Piece {
  readonly text?: string;
  readonly thinking?: string;
  readonly images?: readonly string[];
  /** By their index in the reply: pieces of the same call are joined. */
  readonly calls?: readonly {
    readonly index: number;
    readonly id?: string;
    readonly name?: string;
    readonly arguments?: string;
  }[];
}

const withCall = (
  calls: readonly ToolCall[],
  { index, id, name, arguments: more }: NonNullable<Piece["calls"]>[number],
): readonly ToolCall[] => {
  const known = calls[index] ?? { id: "", name: "", arguments: "" };
  const grown = {
    id: id ?? known.id,
    name: known.name + (name ?? ""),
    arguments: known.arguments + (more ?? ""),
  };
  return calls.length <= index ? [...calls, grown] : calls.with(index, grown);
};

/** A reply with one more piece. */
export const grown = (turn: ModelTurn, piece: Piece): ModelTurn => ({
  ...turn,
  text: turn.text + (piece.text ?? ""),
  thinking: turn.thinking + (piece.thinking ?? ""),
  images: [...turn.images, ...(piece.images ?? [])],
  calls: (piece.calls ?? []).reduce(withCall, turn.calls),
});

/** The tools as they are sent; null: not a list; undefined: none. */
export const readTools = (text: string): unknown[] | null | undefined => {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
};

/** "$0.2" typed with a comma or a point; undefined: nothing that is a number. */
const numberIn = (text: string): number | undefined => {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(value) ? undefined : value;
};

const messageOf = (turn: Turn): object => {
  switch (turn.role) {
    case "user":
      return {
        role: "user",
        content:
          turn.images.length === 0
            ? turn.text
            : [
                ...(turn.text === "" ? [] : [{ type: "text", text: turn.text }]),
                ...turn.images.map((url) => ({ type: "image_url", image_url: { url } })),
              ],
      };
    case "tool":
      return { role: "tool", tool_call_id: turn.callId, content: turn.text };
    case "assistant":
      return {
        role: "assistant",
        content: turn.text,
        ...(turn.thinking === "" ? {} : { reasoning_content: turn.thinking }),
        ...(turn.calls.length === 0
          ? {}
          : {
              tool_calls: turn.calls.map(({ id, name, arguments: text }) => ({
                id,
                type: "function",
                function: { name, arguments: text },
              })),
            }),
      };
  }
};

/** The body of the call, as Chat Completions wants it. */
export const bodyOf = (turns: readonly Turn[], options: Options): Record<string, unknown> => {
  const temperature = numberIn(options.temperature);
  const maxTokens = numberIn(options.maxTokens);
  const tools = readTools(options.tools);
  const said = turns.filter((turn) => turn.role !== "assistant" || turn.state !== "failed");
  return {
    model: options.model,
    messages: [
      ...(options.system.trim() === "" ? [] : [{ role: "system", content: options.system }]),
      ...said.map(messageOf),
    ],
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { max_tokens: Math.trunc(maxTokens) }),
    ...(options.effort === "" ? {} : { reasoning_effort: options.effort }),
    ...(tools === undefined || tools === null || tools.length === 0 ? {} : { tools }),
    ...(options.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
};

/** Calls that wait for an answer before anything else can be said. */
export const openCalls = (turns: readonly Turn[]): readonly ToolCall[] => {
  const last = turns.findLast((turn) => turn.role === "assistant");
  if (last === undefined || last.state !== "done") return [];
  const answered = new Set(turns.filter((turn) => turn.role === "tool").map(({ callId }) => callId));
  return last.calls.filter(({ id }) => !answered.has(id));
};

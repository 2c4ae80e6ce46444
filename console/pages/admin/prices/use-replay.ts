/** A replay under way: its progress, its result, and the way to end it. The server stops when the reader leaves. */
import { useEffect, useRef, useState } from "react";

interface Sum {
  readonly requests: number;
  readonly chargedNano: string;
  readonly currentNano: string;
  readonly draftNano: string;
  readonly costNano: string;
  readonly belowNow: number;
  readonly belowThen: number;
}

/** As src/console/admin/replay-routes.ts sends it: events have no schema in the document. */
export interface ReplayResult {
  readonly version: string;
  readonly fromAt: number;
  readonly toAt: number;
  readonly sinceAt: number;
  readonly seen: number;
  readonly unpriced: number;
  readonly all: Sum;
  readonly models: readonly (Sum & { readonly model: string })[];
  readonly accounts: readonly (Sum & { readonly id: string; readonly name: string })[];
  readonly accountCount: number;
}

export type ReplayState =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly share: number; readonly seen: number }
  | { readonly kind: "done"; readonly result: ReplayResult }
  | { readonly kind: "failed"; readonly message: string };

const LOST = "The connection was lost. Replay again.";

/** Whole events out of pieces of text; what is left over begins the next. */
const eventsIn = (
  text: string,
): { readonly events: readonly (readonly [string, unknown])[]; readonly rest: string } => {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const events = blocks.flatMap((block): [string, unknown][] => {
    const lines = block.split("\n");
    const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
    const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
    return name === undefined || data === undefined ? [] : [[name, JSON.parse(data)]];
  });
  return { events, rest };
};

const refusal = async (response: Response): Promise<string> => {
  const body = (await response.json().catch(() => null)) as { error?: { message?: string } } | null;
  return body?.error?.message ?? LOST;
};

const stateOf = (name: string, data: unknown): ReplayState | null => {
  if (name === "progress") return { kind: "running", ...(data as { share: number; seen: number }) };
  if (name === "result") return { kind: "done", result: data as ReplayResult };
  return name === "failed" ? { kind: "failed", message: (data as { message: string }).message } : null;
};

const follow = async (signal: AbortSignal, tell: (state: ReplayState) => void): Promise<void> => {
  const response = await fetch("/console/api/admin/prices/replay", {
    signal,
    headers: { accept: "text/event-stream" },
  });
  if (!response.ok || response.body === null) {
    tell({ kind: "failed", message: await refusal(response) });
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let isOver = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const { events, rest } = eventsIn(text + value);
    text = rest;
    for (const [name, data] of events) {
      const state = stateOf(name, data);
      if (state !== null) tell(state);
      isOver ||= state?.kind === "done" || state?.kind === "failed";
    }
  }
  if (!isOver) tell({ kind: "failed", message: LOST });
};

export interface ReplayRun {
  readonly state: ReplayState;
  readonly start: () => void;
  readonly stop: () => void;
}

export const useReplay = (): ReplayRun => {
  const [state, setState] = useState<ReplayState>({ kind: "idle" });
  const running = useRef<AbortController | null>(null);
  const stop = (): void => {
    running.current?.abort();
    running.current = null;
  };
  useEffect(() => {
    const holder = running;
    return () => {
      holder.current?.abort();
    };
  }, []);
  return {
    state,
    stop: () => {
      stop();
      setState({ kind: "idle" });
    },
    start: () => {
      stop();
      const own = new AbortController();
      running.current = own;
      setState({ kind: "running", share: 0, seen: 0 });
      const tell = (next: ReplayState): void => {
        if (!own.signal.aborted) setState(next);
      };
      follow(own.signal, tell).catch(() => {
        tell({ kind: "failed", message: LOST });
      });
    },
  };
};

/** The running conversation: sends, grows the reply piece by piece, stops. */
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";

import { useStorefront } from "../../../layout/storefront.tsx";
import { bodyOf, grown, newReply, type ModelTurn, type Options, type Turn } from "./conversation.ts";
import { playgroundKey } from "./key.ts";
import { call, type Event } from "./stream.ts";
import { words } from "./words.ts";

const after = (turn: ModelTurn, event: Event, startedAt: number): ModelTurn => {
  switch (event.kind) {
    case "head":
      return { ...turn, requestId: event.requestId, isSandbox: event.isSandbox };
    case "piece": {
      const next = grown(turn, event.piece);
      const began = next.text !== "" || next.thinking !== "" || next.calls.length > 0 || next.images.length > 0;
      return began && turn.firstWordMs === null ? { ...next, firstWordMs: performance.now() - startedAt } : next;
    }
    case "bill":
      return { ...turn, bill: event.bill };
  }
};

export interface Conversation {
  readonly turns: readonly Turn[];
  readonly isRunning: boolean;
  /** Adds what was said and calls the model, once every call of a tool has its answer. */
  readonly say: (turn: Turn, options: Options, calls: boolean) => void;
  readonly stop: () => void;
  readonly clear: () => void;
}

export const useConversation = (account: string): Conversation => {
  const { baseUrls, unit } = useStorefront();
  const queries = useQueryClient();
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const running = useRef<AbortController | null>(null);
  const [isRunning, setRunning] = useState(false);

  const ask = async (said: readonly Turn[], options: Options): Promise<void> => {
    const abort = new AbortController();
    running.current = abort;
    setRunning(true);
    const startedAt = performance.now();
    let reply = newReply(options.model);
    const show = (next: ModelTurn): void => {
      reply = next;
      setTurns([...said, next]);
    };
    show(reply);
    try {
      const key = await playgroundKey(account);
      const order = { baseUrl: baseUrls.openai, key, body: bodyOf(said, options), strict: options.strict, unit };
      for await (const event of call({ ...order, signal: abort.signal })) show(after(reply, event, startedAt));
      show({ ...reply, state: "done" });
    } catch (error) {
      if (abort.signal.aborted) show({ ...reply, state: "stopped" });
      else show({ ...reply, state: "failed", problem: error instanceof Error ? error.message : words.failed });
    } finally {
      running.current = null;
      setRunning(false);
      void queries.invalidateQueries({ queryKey: ["account", account] });
    }
  };

  return {
    turns,
    isRunning,
    say: (turn, options, calls) => {
      const said = [...turns, turn];
      setTurns(said);
      if (calls) void ask(said, options);
    },
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
  };
};

/** Requests of an account as they are charged. Nothing is listened to while the page is out of sight: a browser has few connections. */
import { useEffect, useRef, useState } from "react";

import type { UsageRequest } from "./usage.ts";

/** `waiting`: the connection is being made, or made again. `ended`: it will not be made again. */
export type LiveState = "waiting" | "live" | "ended";

export interface LiveEvents {
  readonly onRequest: (request: UsageRequest) => void;
  /** It begins, or begins again: what came meanwhile has to be read. */
  readonly onOpen: () => void;
}

interface Listened extends LiveEvents {
  readonly onState: (state: LiveState) => void;
}

/** @returns what ends it */
const listen = (account: string, { onRequest, onOpen, onState }: Listened): (() => void) => {
  const source = new EventSource(`/console/api/accounts/${account}/live`);
  source.addEventListener("open", (event) => {
    onState("live");
    // The server's own event of this name: by then it listens. The browser's comes a moment before.
    if (event instanceof MessageEvent) onOpen();
  });
  source.addEventListener("request", ({ data }: MessageEvent<string>) => {
    onRequest(JSON.parse(data) as UsageRequest);
  });
  source.addEventListener("skipped", onOpen);
  source.addEventListener("end", ({ data }: MessageEvent<string>) => {
    if ((JSON.parse(data) as { readonly reason: string }).reason !== "signed-out") return;
    source.close();
    onState("ended");
  });
  source.addEventListener("error", () => {
    onState(source.readyState === EventSource.CLOSED ? "ended" : "waiting");
  });
  return () => {
    source.close();
  };
};

/** Listens while `on` and the page is seen. The functions may be new ones each time. */
export const useLive = (account: string, on: boolean, events: LiveEvents): LiveState => {
  const [state, setState] = useState<LiveState>("waiting");
  const latest = useRef(events);
  useEffect(() => {
    latest.current = events;
  });
  useEffect(() => {
    if (!on) return undefined;
    let stop: (() => void) | null = null;
    const adjust = (): void => {
      if (document.hidden) {
        stop?.();
        stop = null;
        return;
      }
      stop ??= listen(account, {
        onRequest: (request) => {
          latest.current.onRequest(request);
        },
        onOpen: () => {
          latest.current.onOpen();
        },
        onState: setState,
      });
    };
    adjust();
    document.addEventListener("visibilitychange", adjust);
    return () => {
      document.removeEventListener("visibilitychange", adjust);
      stop?.();
    };
  }, [account, on]);
  return state;
};

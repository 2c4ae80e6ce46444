/** Says when requests came that a list does not have yet: at most every two seconds, and not while the page is out of sight. */
import { useEffect, useRef, useState } from "react";

/** `waiting`: the connection is being made, or made again. */
export type TailState = "waiting" | "live";

const PAUSE_MS = 2_000;

/** @returns what ends it */
const listen = (onState: (state: TailState) => void, onCame: () => void): (() => void) => {
  const source = new EventSource("/console/api/admin/live");
  let timer: number | undefined;
  const came = (): void => {
    timer ??= window.setTimeout(() => {
      timer = undefined;
      onCame();
    }, PAUSE_MS);
  };
  source.addEventListener("open", () => {
    onState("live");
    came();
  });
  source.addEventListener("request", came);
  source.addEventListener("skipped", came);
  source.addEventListener("error", () => {
    onState("waiting");
  });
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
};

/** Listens while `on` and the page is seen. */
export const useTail = (on: boolean, onCame: () => void): TailState => {
  const [state, setState] = useState<TailState>("waiting");
  const latest = useRef(onCame);
  useEffect(() => {
    latest.current = onCame;
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
      stop ??= listen(setState, () => {
        latest.current();
      });
    };
    adjust();
    document.addEventListener("visibilitychange", adjust);
    return () => {
      document.removeEventListener("visibilitychange", adjust);
      stop?.();
    };
  }, [on]);
  return state;
};

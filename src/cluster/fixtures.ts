/** For tests: two ends of a channel in one process, which carries what a real one would, and can be cut. */
import type { Port } from "./link.ts";

export interface Wire {
  readonly worker: Port;
  readonly primary: Port;
  /** Nothing passes any more, as when one of the two has died. */
  cut(): void;
  /** What is sent waits until `thaw`, as in a process that is stopped. */
  freeze(): void;
  thaw(): void;
}

export const wire = (): Wire => {
  let isCut = false;
  let held: (() => void)[] | null = null;
  const end = () => {
    let heard: (message: unknown) => void = () => undefined;
    return {
      hear: (next: (message: unknown) => void) => {
        heard = next;
      },
      deliver: (message: unknown) => {
        const copy: unknown = structuredClone(message);
        const step = (): void => {
          if (!isCut) heard(copy);
        };
        if (held === null) setImmediate(step);
        else held.push(step);
      },
    };
  };
  const [toWorker, toPrimary] = [end(), end()];
  return {
    worker: { send: toPrimary.deliver, onMessage: toWorker.hear },
    primary: { send: toWorker.deliver, onMessage: toPrimary.hear },
    cut: () => {
      isCut = true;
    },
    freeze: () => {
      held ??= [];
    },
    thaw: () => {
      const steps = held ?? [];
      held = null;
      for (const step of steps) step();
    },
  };
};

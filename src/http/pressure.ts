/** Tells when the process is short of memory, so that the rim can shed requests instead of dying with all of them (A21). */
import { getHeapStatistics } from "node:v8";

/** Share of the heap's limit from which requests are shed. Below it the collector still has room to work. */
const SHED_PERCENT = 85;
const SAMPLE_MS = 500;

export interface Pressure {
  /** As of the last sample; costs nothing. */
  overloaded(): boolean;
  stop(): void;
}

interface Heap {
  readonly usedBytes: number;
  readonly limitBytes: number;
}

const readHeap = (): Heap => {
  const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
  return { usedBytes, limitBytes };
};

/** Watches the heap. @param read where the figures come from; V8 when absent */
export const watchHeap = (read: () => Heap = readHeap): Pressure => {
  let pressed = false;
  const sample = (): void => {
    const { usedBytes, limitBytes } = read();
    pressed = usedBytes * 100 >= limitBytes * SHED_PERCENT;
  };
  sample();
  const timer = setInterval(sample, SAMPLE_MS);
  timer.unref();
  return {
    overloaded: () => pressed,
    stop: () => {
      clearInterval(timer);
    },
  };
};

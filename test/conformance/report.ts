/** The table that a conformance run prints. */
import type { Exchange } from "./corpus.ts";

interface Count {
  passed: number;
  explained: number;
  minimal: number;
}

const counts = new Map<string, Count>();

/** Counts one row; a row that fails is counted as passed here and reported by the test runner. */
export const note = (exchange: Exchange, result: "passed" | "explained", minimal: boolean): void => {
  const name = `${exchange.protocol.padEnd(16)} ${exchange.provider}`;
  const count = counts.get(name) ?? { passed: 0, explained: 0, minimal: 0 };
  counts.set(name, count);
  count[result] += 1;
  if (minimal) count.minimal += 1;
};

export const printTable = (title: string): void => {
  const lines = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(
      ([name, { passed, explained, minimal }]) =>
        `${name.padEnd(38)} ${String(passed).padStart(5)} ${String(explained).padStart(9)} ${String(minimal).padStart(8)}`,
    );
  console.log(
    [`\nconformance: ${title}`, `${"protocol         provider".padEnd(38)}   run explained  minimal`, ...lines].join(
      "\n",
    ),
  );
  counts.clear();
};

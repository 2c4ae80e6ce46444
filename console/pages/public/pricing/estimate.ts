/** The calculator's arithmetic: as a charge is made, in whole numbers, rounded half up once. Pure. */
import type { ShownRate } from "../../../api/public.ts";
import { rateOf } from "../../../layout/rates.tsx";

export interface Estimate {
  readonly requests: number;
  readonly input: number;
  readonly output: number;
  /** Percent of the input, 0 to 100. */
  readonly cachedPercent: number;
}

const MILLION = 1_000_000n;

/** Nano-USD of one request; rates are per million tokens. */
export const costOfOne = (rates: readonly ShownRate[], { input, output, cachedPercent }: Estimate): bigint => {
  const cached = Math.floor((input * cachedPercent) / 100);
  const priced = (unit: ShownRate["unit"], counted: number): bigint =>
    BigInt(rateOf(rates, unit)?.nano ?? "0") * BigInt(counted);
  const total = priced("input", input - cached) + priced("cache_read", cached) + priced("output", output);
  return (2n * total + MILLION) / (2n * MILLION);
};

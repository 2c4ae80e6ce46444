/** What adapters have in common: reading numbers that others wrote, and saying what a model cannot do. Pure. */
import { errors, type GatewayError } from "../../errors.ts";
import type { Json, JsonObject } from "../../protocols/canonical.ts";
import { textOf } from "../../protocols/value.ts";
import { SECOND_PARTS, type Usage } from "../../unit.ts";
import type { VideoAsk, VideoLimits } from "./video.ts";

/** No video that anybody sells is longer, or has more tokens; a report beyond it is not believed (I-24). */
const MOST_SECONDS = 3_600;
const MOST_TOKENS = 1_000_000_000;

/** A count of tokens, or undefined for what is none. */
export const tokensOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= MOST_TOKENS ? value : undefined;

/** Seconds, perhaps with decimals, or undefined for what are none. */
export const secondsOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= MOST_SECONDS ? value : undefined;

/** Seconds as they are counted: rounded half up to the part. */
export const countedSeconds = (seconds: number): Usage => ({ video_second: Math.round(seconds * SECOND_PARTS) });

/** A length in seconds that the model can make; -1 where it chooses. @throws GatewayError invalid_value */
export const lengthFor = ({ seconds }: VideoAsk, { min, max, auto, default: usual, allowed }: VideoLimits): number => {
  const asked = seconds ?? usual ?? max ?? allowed?.at(-1) ?? 0;
  if (asked === auto) return asked;
  const fits = allowed === undefined ? asked >= (min ?? 1) && asked <= (max ?? MOST_SECONDS) : allowed.includes(asked);
  if (fits) return asked;
  const choices = allowed === undefined ? `between ${min ?? 1} and ${max ?? MOST_SECONDS}` : allowed.join(", ");
  throw errors.invalidValue(
    "duration",
    `must be ${allowed === undefined ? "a whole number " : "one of "}${choices}${auto === undefined ? "" : `, or ${auto}`}`,
  );
};

/** One of a list, or the error that names it. @throws GatewayError invalid_value */
export const oneOf = (param: string, value: string, list: readonly string[]): string => {
  if (list.includes(value)) return value;
  throw errors.invalidValue(param, `must be one of ${list.join(", ")}`);
};

/** @throws GatewayError invalid_value when a task has content that its model does not take */
export const refuse = (isThere: boolean, param: string, rule: string): void => {
  if (isThere) throw errors.invalidValue(param, rule);
};

/** Words in a provider's code that mean: refused for what it shows, here and anywhere. */
const POLICY_WORDS = ["Sensitive", "RiskDetection", "PolicyViolation", "DataInspection"] as const;

export const isPolicy = (code: string): boolean => POLICY_WORDS.some((word) => code.includes(word));

/** A provider's refusal of a task: its status and code decide, its text is not shown. */
export const refusalOf = (status: number, code: string): GatewayError => {
  const cause = new Error(`${status} ${code.slice(0, 64)}`);
  if (isPolicy(code)) return errors.contentPolicy(cause);
  if (status === 429) return errors.overloaded(7, cause);
  // The operator's credential, balance or permission: nothing that the customer could change.
  if (status === 400 && code !== "Arrearage") return errors.refusedByProvider();
  return errors.upstreamFailed(cause);
};

/** The code in an error object of a provider. */
export const codeOf = (error: JsonObject | undefined): string => textOf(error?.["code"]);

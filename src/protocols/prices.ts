/**
 * What a reseller's reply tells of its own price. It is what the operator pays, and no business of the customer's, who pays another
 * (docs/decisions/0023): the members go from pass-through replies of providers that have the quirk `tells_prices`. A translated
 * reply is written anew and never had them.
 */
import type { JsonObject } from "./canonical.ts";
import type { FrameEdit } from "./frame-edits.ts";
import { objectAt } from "./value.ts";

/** In a usage object: OpenRouter and those like it, Vercel's gateway, xAI (ticks of 10⁻¹⁰ USD), Perplexity. */
const IN_USAGE = ["cost", "cost_details", "cost_in_usd_ticks", "is_byok", "market_cost"] as const;
/** At the top of a reply: Venice, Copilot. */
const ON_TOP = ["cost", "copilot_usage"] as const;

const named = (names: readonly string[], object: JsonObject | undefined): readonly string[] =>
  object === undefined ? [] : names.filter((name) => Object.hasOwn(object, name));

const removal = (path: readonly string[], remove: readonly string[]): FrameEdit[] =>
  remove.length === 0 ? [] : [{ path, set: {}, remove }];

/** The edits that take prices out of a reply. @param path where the reply stands in its frame or body */
export const priceEdits = (reply: JsonObject, path: readonly string[] = []): FrameEdit[] => [
  ...removal(path, named(ON_TOP, reply)),
  ...removal([...path, "usage"], named(IN_USAGE, objectAt(reply, "usage"))),
];

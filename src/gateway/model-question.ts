/** What a caller asks of the list of models, in the query of `GET /v1/models/info`. Pure. Without a question it is all of them. */
import { MODEL_KINDS, type ModelKind } from "../catalog/model.ts";
import { errors } from "../errors.ts";
import type { Callable } from "../settings/installation.ts";

export interface ModelQuestion {
  /** Most entries of the page; null: all of them. */
  readonly limit: number | null;
  /** The id of the model after which the page begins; null: at the first. */
  readonly after: string | null;
  readonly kind: ModelKind | null;
  readonly provider: string | null;
  /** False leaves out what was measured of the dialects, which is most of a description. */
  readonly dialects: boolean;
}

/** One page, and whether there are more. */
export interface ModelPage {
  readonly shown: readonly Callable[];
  readonly more: boolean;
}

const MOST_ENTRIES = 1_000;
/** Far beyond any name of a model. */
const MOST_CHARACTERS = 256;

/** @throws GatewayError invalid_value */
const textAt = (query: URLSearchParams, name: string): string | null => {
  const text = query.get(name);
  if (text !== null && (text === "" || text.length > MOST_CHARACTERS))
    throw errors.invalidValue(name, `must have 1 to ${MOST_CHARACTERS} characters`);
  return text;
};

/** @throws GatewayError invalid_value */
const wordAt = <T extends string>(query: URLSearchParams, name: string, words: readonly T[]): T | null => {
  const text = query.get(name);
  if (text === null) return null;
  const word = words.find((each) => each === text);
  if (word === undefined) throw errors.invalidValue(name, `must be one of ${words.join(", ")}`);
  return word;
};

/** @throws GatewayError invalid_value */
const limitAt = (query: URLSearchParams): number | null => {
  const text = query.get("limit");
  if (text === null) return null;
  const limit = Number(text);
  if (String(limit) === text && Number.isInteger(limit) && limit >= 1 && limit <= MOST_ENTRIES) return limit;
  throw errors.invalidValue("limit", `must be an integer between 1 and ${MOST_ENTRIES}`);
};

/** Parameters of other names are nobody's here, as on the other lists of models. @throws GatewayError invalid_value */
export const readModelQuestion = (query: string): ModelQuestion => {
  const values = new URLSearchParams(query);
  return {
    limit: limitAt(values),
    after: textAt(values, "after"),
    kind: wordAt(values, "kind", MODEL_KINDS),
    provider: textAt(values, "owned_by"),
    dialects: wordAt(values, "dialects", ["true", "false"]) !== "false",
  };
};

/** @throws GatewayError invalid_value for a model to begin after that is not there: the first page again would never end */
export const pageOfModels = (callables: readonly Callable[], question: ModelQuestion): ModelPage => {
  const { limit, after, kind, provider } = question;
  const at = after === null ? -1 : callables.findIndex(({ model }) => model.id === after);
  if (after !== null && at < 0) throw errors.invalidValue("after", "must be the id of a model of this list");
  const rest = callables
    .slice(at + 1)
    .filter(({ model }) => (kind ?? model.kind) === model.kind && (provider ?? model.provider) === model.provider);
  const shown = rest.slice(0, limit ?? rest.length);
  return { shown, more: shown.length < rest.length };
};

/** What somebody fills in about an upstream, and what of it is sent. Pure. */
import type { Connection, NewUpstream, Upstream, UpstreamEdit } from "../../../api/operator.ts";

export interface FormState {
  readonly id: string;
  readonly provider: string;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly testModel: string;
  /** Pairs of our model and its name there. */
  readonly models: readonly (readonly [model: string, name: string])[];
  readonly firstByteMs: string;
  readonly wholeMs: string;
  readonly idleMs: string;
  readonly maxConcurrent: string;
  readonly enabled: boolean;
}

const USUAL_CONCURRENCY = 1_024;

const textOf = (value: number | undefined): string => (value === undefined ? "" : String(value));

export const emptyForm: FormState = {
  id: "",
  provider: "openai",
  baseUrl: "",
  apiKey: "",
  testModel: "",
  models: [],
  firstByteMs: "",
  wholeMs: "",
  idleMs: "",
  maxConcurrent: "",
  enabled: true,
};

/** @param ownUrl the provider's own address, which is not repeated */
export const formOf = (upstream: Upstream, ownUrl: string | null): FormState => ({
  ...emptyForm,
  id: upstream.id,
  provider: upstream.provider,
  baseUrl: upstream.baseUrl === ownUrl || upstream.baseUrl === null ? "" : upstream.baseUrl,
  models: Object.entries(upstream.models),
  firstByteMs: textOf(upstream.timeouts.firstByteMs),
  wholeMs: textOf(upstream.timeouts.wholeMs),
  idleMs: textOf(upstream.timeouts.idleMs),
  maxConcurrent: upstream.maxConcurrent === USUAL_CONCURRENCY ? "" : String(upstream.maxConcurrent),
});

/** Digits as a number; what is none is sent as it is not, and the API says so. */
const numberOf = (text: string): number | undefined => (text.trim() === "" ? undefined : Number(text));

const timeoutsOf = ({ firstByteMs, wholeMs, idleMs }: FormState): NonNullable<UpstreamEdit["timeouts"]> | null => {
  const named = Object.entries({ firstByteMs, wholeMs, idleMs }).flatMap(([name, text]): [string, number][] => {
    const value = numberOf(text);
    return value === undefined ? [] : [[name, value]];
  });
  return named.length === 0 ? null : Object.fromEntries(named);
};

const modelsOf = ({ models }: FormState): Record<string, string> | null => {
  const named = models.filter(([model, name]) => model.trim() !== "" && name.trim() !== "");
  return named.length === 0 ? null : Object.fromEntries(named.map(([model, name]) => [model.trim(), name.trim()]));
};

export const connectionOf = (form: FormState, editing: string | null): Connection => ({
  provider: form.provider as Connection["provider"],
  ...(form.baseUrl.trim() === "" ? {} : { baseUrl: form.baseUrl.trim() }),
  ...(form.apiKey === "" ? {} : { apiKey: form.apiKey.trim() }),
  ...(editing === null ? {} : { upstream: editing }),
  ...(form.testModel.trim() === "" ? {} : { model: form.testModel.trim() }),
});

export const newUpstreamOf = (form: FormState): NewUpstream => {
  const [timeouts, models, maxConcurrent] = [timeoutsOf(form), modelsOf(form), numberOf(form.maxConcurrent)];
  return {
    id: form.id.trim(),
    provider: form.provider as NewUpstream["provider"],
    enabled: form.enabled,
    ...(form.baseUrl.trim() === "" ? {} : { baseUrl: form.baseUrl.trim() }),
    ...(form.apiKey === "" ? {} : { apiKey: form.apiKey.trim() }),
    ...(timeouts === null ? {} : { timeouts }),
    ...(models === null ? {} : { models }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
  };
};

/** Only what differs: an address that stays needs no key again. */
export const editOf = (form: FormState, before: FormState): UpstreamEdit => ({
  ...(form.baseUrl.trim() === before.baseUrl
    ? {}
    : { baseUrl: form.baseUrl.trim() === "" ? null : form.baseUrl.trim() }),
  ...(form.apiKey === "" ? {} : { apiKey: form.apiKey.trim() }),
  timeouts: timeoutsOf(form),
  models: modelsOf(form),
  maxConcurrent: numberOf(form.maxConcurrent) ?? null,
});

/** From a customer's request to a task: model, place, price, limits, money, provider. The control flow of a creation. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";

import { errors, GatewayError } from "../errors.ts";
import type { KeyRecord } from "../keys/key.ts";
import { AccountFrozen, InsufficientFunds } from "../ledger/ledger.ts";
import { formatAt, formatAtPadded, ONE, type Nano } from "../money.ts";
import { bound, rowFor, type Snapshot } from "../price.ts";
import { FetchFailed, type Fetched } from "../providers/fetch-public.ts";
import { VIDEO_APIS } from "../providers/video/index.ts";
import { REFERENCES, type VideoMedia, type VideoPlan } from "../providers/video/video.ts";
import type { Callable, Candidate, DisplayUnit, Installation } from "../settings/installation.ts";
import type { Unit } from "../unit.ts";
import type { VideoRequest } from "./read.ts";
import { placeOf, type TaskServices } from "./services.ts";
import { submit, type Leg, type Legs } from "./submit.ts";
import { DEADLINE_MS, type Task, type TaskFormat } from "./task.ts";

export interface Creation {
  readonly requestId: string;
  readonly key: KeyRecord;
  readonly request: VideoRequest;
  readonly format: TaskFormat;
  /** Fires when the customer leaves. */
  readonly left: AbortSignal;
  /** The request has claimed an Idempotency-Key. */
  readonly isKeyed: boolean;
}

/** @throws GatewayError model_not_found, model_retired, model_not_allowed, invalid_value */
const resolveVideo = (installation: Installation, key: KeyRecord, name: string): Callable => {
  const resolution = installation.resolve(name);
  if (resolution.kind === "retired") throw errors.modelRetired(name, resolution.model.replacement);
  if (resolution.kind === "unknown") throw errors.modelNotFound(name);
  const model = resolution.kind === "elsewhere" ? resolution.model : resolution.callable.model;
  if (key.models !== null && !key.models.includes(model.id) && !key.models.includes(name))
    throw errors.modelNotAllowed(name);
  if (resolution.kind === "elsewhere" || model.kind !== "video")
    throw errors.invalidValue("model", `'${name}' does not make videos`);
  return resolution.callable;
};

/** Upstreams that are asked for one task at most. */
const MOST_LEGS = 3;

/** Of candidates in ascending priority, one of the first priority, each as often as its weight says. */
const drawn = (candidates: readonly [Candidate, ...Candidate[]], random: number): Candidate => {
  const [first] = candidates;
  const group = candidates.filter(({ priority }) => priority === first.priority);
  let point = random * group.reduce((sum, { weight }) => sum + weight, 0);
  return group.find(({ weight }) => (point -= weight) < 0) ?? first;
};

/** All candidates in the order in which they are asked: by priority, drawn by weight within each. */
const ordered = ({ candidates }: Callable, random: () => number): readonly [Candidate, ...Candidate[]] => {
  const first = drawn(candidates, random());
  const order: [Candidate, ...Candidate[]] = [first];
  let left = candidates.filter((candidate) => candidate !== first);
  for (let [head] = left; head !== undefined; [head] = left) {
    const next = drawn([head, ...left.slice(1)], random());
    order.push(next);
    left = left.filter((candidate) => candidate !== next);
  }
  return order;
};

/** @throws GatewayError invalid_value for what the model cannot do, model_not_found where its provider makes no videos */
const legFor = ({ model }: Callable, candidate: Candidate, { ask, model: name }: VideoRequest): Leg => {
  const place = placeOf(candidate.upstream, model.upstream?.protocol);
  if (place === undefined) throw errors.modelNotFound(name);
  const { duration, resolutions } = model.video ?? { duration: {}, resolutions: [] };
  const plan = VIDEO_APIS[place.surface.api].plan(ask, { model: candidate.model, ...duration, resolutions });
  return { place, plan, upstreamModel: candidate.model };
};

/** A leg that may follow when the first one is refused; null for one that cannot do the same at the same place. */
const laterLeg = (callable: Callable, candidate: Candidate, request: VideoRequest): Leg | null => {
  try {
    return legFor(callable, candidate, request);
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

/** What a task is asked for by is the same, so that one hold and one price cover it and what was fetched for one serves the other. */
const isAlike = (one: Leg, other: Leg): boolean =>
  one.place.surface.api === other.place.surface.api &&
  isDeepStrictEqual(one.plan.attributes, other.plan.attributes) &&
  isDeepStrictEqual(one.plan.most, other.plan.most);

/** @throws GatewayError as legFor does, for the first of them */
const legsFor = (services: TaskServices, callable: Callable, request: VideoRequest): Legs => {
  const [chosen, ...others] = ordered(callable, () => services.random());
  const first = legFor(callable, chosen, request);
  const later = others.flatMap((candidate) => laterLeg(callable, candidate, request) ?? []);
  return [first, ...later.filter((leg) => isAlike(first, leg)).slice(0, MOST_LEGS - 1)];
};

/** The price of what is asked for, fixed (I-40). @throws GatewayError invalid_value where there is none (I-43) */
const snapshotFor = (
  services: TaskServices,
  { model }: Callable,
  { attributes, most }: VideoPlan,
  terms: { key: KeyRecord; installation: Installation },
): Snapshot => {
  const row = rowFor(model.price, model.variantPrices, attributes);
  const units = Object.keys(most) as Unit[];
  if (units.some((unit) => row.base[unit] === undefined))
    throw errors.invalidValue("resolution", "this model is not offered like this");
  const plan = services.planOf(terms.key, terms.installation);
  return { row, multiplier: plan?.multiplier ?? ONE, planId: plan?.id ?? null };
};

/** A request's own number among the references. */
const referenceOf = (requestId: string): number =>
  createHash("sha256").update(requestId).digest().readUInt32BE(0) % REFERENCES;

const BASE64 = ";base64,";

const inlined = (url: string): { mediaType: string; data: string } => {
  const at = url.indexOf(BASE64);
  return { mediaType: url.slice("data:".length, at).split(";")[0] ?? "", data: url.slice(at + BASE64.length) };
};

/** The bytes that a provider wants instead of addresses. @throws GatewayError url_not_allowed, invalid_value, overloaded */
const mediaFor = async (
  services: TaskServices,
  urls: readonly string[],
  left: AbortSignal,
): Promise<{ media: VideoMedia; release: () => void }> => {
  const media = new Map<string, { mediaType: string; data: string }>();
  const fetched: Fetched[] = [];
  const release = (): void => {
    for (const one of fetched.splice(0)) services.fetcher.release(one);
  };
  try {
    for (const url of urls) {
      if (url.startsWith("data:")) media.set(url, inlined(url));
      else {
        const one = await services.fetcher.load(url, left);
        fetched.push(one);
        media.set(url, { mediaType: one.mediaType, data: one.bytes.toString("base64") });
      }
    }
    return { media, release };
  } catch (error) {
    release();
    if (!(error instanceof FetchFailed)) throw error;
    if (error.fault === "busy") throw errors.overloaded(2, error);
    throw error.fault === "refused"
      ? errors.urlNotAllowed("images")
      : errors.invalidValue("images", "hold no image of a known kind and size");
  }
};

const shown = (amount: Nano, unit: DisplayUnit): string => {
  const digits = formatAtPadded(amount, unit.rate, 6);
  return unit.symbol === "" ? `${digits} ${unit.name}` : `${unit.symbol}${digits}`;
};

/** What a customer is told when no money could be held; a database that is away is no fault of theirs. */
const refusalOf = (error: unknown, unit: DisplayUnit): unknown => {
  if (error instanceof AccountFrozen) return errors.keyFrozen(error);
  if (error instanceof GatewayError) return error;
  if (!(error instanceof InsufficientFunds)) return errors.ledgerUnavailable(error);
  const { required, available } = error;
  return errors.insufficientBalance(
    { required: shown(required, unit), available: shown(available, unit) },
    { balance: formatAt(available, unit.rate), required: formatAt(required, unit.rate) },
  );
};

/** Begins a task. @throws GatewayError; nothing is charged or held then */
export const createTask = async (
  services: TaskServices,
  { requestId, key, request, format, left, isKeyed }: Creation,
): Promise<{ task: Task; isSandbox: boolean }> => {
  const installation = services.installation();
  const callable = resolveVideo(installation, key, request.model);
  const legs = legsFor(services, callable, request);
  const [{ plan }] = legs;
  const snapshot = snapshotFor(services, callable, plan, { key, installation });
  const { accountId, id: keyId, budget } = key;
  const admission = await services.admit(key, callable.model, installation);
  try {
    const { media, release } = await mediaFor(services, plan.fetches, left);
    try {
      const task = await submit(
        services,
        {
          hold: {
            requestId,
            accountId,
            keyId,
            hasBudget: budget !== null,
            amount: bound(snapshot, plan.most),
            snapshot,
          },
          task: {
            model: request.model,
            format,
            webhook: request.webhook,
            deadlineAt: services.epochMs() + DEADLINE_MS,
            isKeyed,
          },
          reference: referenceOf(requestId),
          media,
        },
        legs,
      );
      return { task, isSandbox: installation.upstreams.get(task.upstream)?.sandbox === true };
    } finally {
      release();
    }
  } catch (error) {
    throw refusalOf(error, installation.storefront.unit);
  } finally {
    admission.end();
  }
};

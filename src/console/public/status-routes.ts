/** How the models do, from the calls that were really made: nothing is probed, and nothing is claimed where nobody called. */
import { z } from "@hono/zod-openapi";

import type { Availability, Bar } from "../../usage/figures.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import type { ConsoleServices } from "../services.ts";
import { at, count } from "../values.ts";

const HOUR_MS = 3_600_000;

const RANGES = {
  day: { bucket: "hour", ms: 24 * HOUR_MS },
  quarter: { bucket: "day", ms: 90 * 24 * HOUR_MS },
} as const;
type RangeName = keyof typeof RANGES;

/** Everybody may ask this, so the database is asked at most this often. */
const KEPT_MS = 30_000;
const MOST_MODELS = 60;

const bar = z.strictObject({ attempts: count, failures: count });

const shape = z.strictObject({
  from: at,
  to: at,
  /** Where each bar begins. */
  slots: z.array(at),
  all: bar,
  models: z.array(z.strictObject({ model: z.string(), total: bar, bars: z.array(bar) })),
});
type Status = z.output<typeof shape>;

const shownBar = ({ attempts, failures }: Bar): z.output<typeof bar> => ({
  attempts: Number(attempts),
  failures: Number(failures),
});

const statusOf = ({ from, to, slots, lines }: Availability): Status => {
  const sum = (pick: (bar: Bar) => bigint): number => Number(lines.reduce((all, { total }) => all + pick(total), 0n));
  return {
    from,
    to,
    slots: [...slots],
    all: { attempts: sum(({ attempts }) => attempts), failures: sum(({ failures }) => failures) },
    models: lines.slice(0, MOST_MODELS).map(({ name, total, bars }) => ({
      model: name,
      total: shownBar(total),
      bars: bars.map(shownBar),
    })),
  };
};

/** The last answers of each installation, since tests have several in one process. */
const kept = new WeakMap<ConsoleServices, Map<RangeName, { readonly at: number; readonly status: Promise<Status> }>>();

const statusFor = (services: ConsoleServices, name: RangeName): Promise<Status> => {
  const now = services.now();
  const answers = kept.get(services) ?? new Map<RangeName, { at: number; status: Promise<Status> }>();
  kept.set(services, answers);
  const known = answers.get(name);
  if (known !== undefined && now - known.at < KEPT_MS) return known.status;
  const { bucket, ms } = RANGES[name];
  const order = { from: now - ms, to: now, by: "model", bucket, offsetMinutes: 0 } as const;
  const status = services.figures.availability(order).then(statusOf);
  answers.set(name, { at: now, status });
  // A failure is not kept: the next one asks again.
  status.catch(() => answers.delete(name));
  return status;
};

const status = consoleRoute({
  method: "get",
  path: "/public/status",
  access: "public",
  tag: "public",
  summary:
    "How often calls to each model succeeded, from the calls that were made: by hour for a day, by day for 90 days.",
  request: { query: z.strictObject({ range: z.enum(["day", "quarter"]).default("day") }) },
  response: shape,
  handle: ({ services, query }) => statusFor(services, query.range),
});

export const statusRoutes: readonly ConsoleRoute[] = [status];

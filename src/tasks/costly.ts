/** Options that change what a provider bills, or make more than one thing: refused where they are not known to cost nothing (§9.3). */
import { errors } from "../errors.ts";
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { isObject, objectAt } from "../protocols/value.ts";
import { table } from "../table.ts";

/** The one value that costs what no value does; null where there is none. */
const HARMLESS = table<Json>({
  n: 1,
  num_outputs: 1,
  numberOfVideos: 1,
  sampleCount: 1,
  sample_count: 1,
  video_count: 1,
  service_tier: "default",
  draft: false,
  tools: null,
  frames: null,
  draft_task: null,
  omni_reference_task_type: null,
});

const checkPlace = (place: JsonObject | undefined): void => {
  if (place === undefined) return;
  for (const [name, harmless] of Object.entries(HARMLESS)) {
    const value = place[name];
    if (value === undefined || value === null || value === harmless) continue;
    // Forms know only texts.
    if (typeof value === "string" && typeof harmless !== "string" && value === JSON.stringify(harmless)) continue;
    throw errors.invalidValue(name, harmless === null ? "is not offered here" : `must be ${JSON.stringify(harmless)}`);
  }
};

/** @throws GatewayError invalid_value that names the option */
export const refuseCostly = (body: JsonObject): void => {
  const metadata = objectAt(body, "metadata");
  for (const place of [body, metadata, objectAt(metadata, "parameters"), objectAt(metadata, "input")])
    checkPlace(isObject(place) ? place : undefined);
};

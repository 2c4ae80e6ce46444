/** A model's form: what is shown of a file's words, what is sent back, and that nothing is changed by looking at it. */
import { describe, expect, it } from "vitest";

import {
  changesOf,
  formOf,
  shifted,
  unreadable,
  whenOf,
  whenText,
  type ModelForm,
} from "../../console/pages/admin/models/form.ts";

type Entry = NonNullable<Parameters<typeof formOf>[0]>;

const ENTRY: Entry = {
  provider: "us",
  kind: "video",
  status: "live",
  replacement: null,
  replyModel: null,
  hidden: false,
  aliases: ["a", "b"],
  context: 1_000,
  maxOutput: null,
  defaultMaxTokens: null,
  modalities: { input: ["text", "image"], output: ["video"] },
  capabilities: ["tools"],
  upstream: { protocol: "gemini", model: "m-1" },
  prices: { input: "2.50", web_search: "10000", video_second: "100" },
  tiers: [{ above: 10, prices: { input: "3" } }],
  rates: [{ unit: "video_second", per: 1, price: "0.10", variant: { resolution: "720p", audio: true, frames: "24" } }],
  rounding: { scale: 6 },
  duration: { min: 4, auto: -1, allowed: [4, 8] },
  resolutions: ["720p"],
  routes: [],
  rpm: 5,
  tpm: null,
  concurrency: null,
};

describe("a decimal whose point is moved", () => {
  it.each([
    ["10000", -6, "0.01"],
    ["0.01", 6, "10000"],
    ["100", -3, "0.1"],
    ["2.50", 0, "2.5"],
    ["0", -6, "0"],
    ["0.000000001", -6, "0.000000000000001"],
    ["123456789.123456789", 6, "123456789123456.789"],
    ["ten", 6, "ten"],
    ["1.2.3", 6, "1.2.3"],
    ["-1", 6, "-1"],
  ])("%s by %i is %s", (text, places, moved) => {
    expect(shifted(text, places)).toBe(moved);
  });
});

describe("a variant's attributes", () => {
  it.each<readonly [Record<string, string | number | boolean>, string]>([
    [{ size: "1024x1024", hd: true }, "size=1024x1024 hd=true"],
    [{ frames: 24, name: "24" }, 'frames=24 name="24"'],
    [{ on: "true" }, 'on="true"'],
    [{}, ""],
  ])("%j is %s, there and back", (when, text) => {
    expect(whenText(when)).toBe(text);
    expect(whenOf(text)).toEqual(when);
  });

  it.each(["size", "=x", "size=", "a=1 b"])("%s is none", (text) => {
    expect(whenOf(text)).toBeNull();
  });
});

describe("a model's form", () => {
  const form = formOf(ENTRY);
  const changed = (change: Partial<ModelForm>) => changesOf({ ...form, ...change }, form);

  it("shows prices for what people count in", () => {
    expect(form.prices).toEqual({ input: "2.5", web_search: "0.01", video_second: "0.1" });
  });

  it("sends nothing that was only looked at", () => {
    expect(changed({})).toEqual({});
    expect(changed({ capabilities: " tools " })).toEqual({});
  });

  it.each<readonly [Partial<ModelForm>, object]>([
    [{ capabilities: "tools vision" }, { capabilities: ["tools", "vision"] }],
    [{ aliases: "" }, { aliases: null }],
    [
      { rpm: "", tpm: "7" },
      { rpm: null, tpm: 7 },
    ],
    [{ upstreamModel: "m-2" }, { upstream: { protocol: "gemini", model: "m-2" } }],
    [{ decimals: "" }, { rounding: null }],
    [{ allowedSeconds: "4 8 12" }, { duration: { min: 4, auto: -1, allowed: [4, 8, 12] } }],
    [
      { status: "retired", replacement: "other" },
      { status: "retired", replacement: "other" },
    ],
  ])("sends of %j what is other", (change, sent) => {
    expect(changed(change)).toEqual(sent);
  });

  it("sends all prices where one is other", () => {
    expect(changed({ prices: { ...form.prices, web_search: "0.02" } })).toEqual({
      prices: { input: "2.5", web_search: "20000", video_second: "100" },
      tiers: ENTRY.tiers,
      rates: ENTRY.rates,
    });
  });

  it("says of a new one all that it shows", () => {
    expect(changesOf(formOf(null), { ...formOf(null), context: "", maxOutput: "" })).toEqual({
      context: 128_000,
      maxOutput: 8_192,
    });
  });

  it("names what cannot be read, where the server would see nothing", () => {
    const wrong: ModelForm = {
      ...form,
      context: "many",
      tiers: [{ above: "x", prices: {} }],
      variants: [{ unit: "image", per: 1, price: "1", when: "small" }],
      allowedSeconds: "4 s",
    };
    expect(unreadable(wrong)).toEqual({
      context: "whole",
      "tiers.0.above": "whole",
      "duration.allowed": "whole",
      "rates.0.variant": "when",
    });
    expect(unreadable(form)).toEqual({});
  });
});

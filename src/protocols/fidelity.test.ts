/**
 * Pass-through changes nothing but what DESIGN §9.4 names. Shown over every recorded exchange that succeeded: the request's bytes,
 * the reply's bytes however they arrive, and the usage that the provider reported.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../unit.ts";
import { aTarget, loadRecorded, type Recorded } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "./fixtures/sides.ts";
import { PROTOCOLS } from "./index.ts";
import { splice } from "./splice.ts";
import { UpstreamBroken, type ProtocolId, type Reading, type Settled } from "./protocol.ts";

const ALL = loadRecorded();
const STREAMS = ALL.filter((one) => one.sse !== undefined);
const BODIES = ALL.filter((one) => one.body !== undefined);

type Loose = Record<string, ReturnType<typeof JSON.parse>>;

const parse = (text: string): Loose | undefined => {
  try {
    return JSON.parse(text) as Loose;
  } catch {
    return undefined;
  }
};

/** A plain reading of a stream's frames, independent of the product's. */
const framesOf = (sse: string): { raw: string; data: string; json: Loose | undefined }[] => {
  const raws = sse.match(/[^]*?(?:\r\n\r\n|\n\n|\r\r|$)/g) ?? [];
  return raws
    .filter((raw) => raw !== "")
    .map((raw) => {
      const data = raw
        .trimStart()
        .split(/\r\n|\n|\r/)
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).replace(/^ /, ""))
        .join("\n");
      return { raw, data, json: parse(data) };
    });
};

const isUsageOnly = (json: Loose | undefined): boolean => json?.["choices"]?.length === 0 && Boolean(json?.["usage"]);
const isError = ({ raw, json }: { raw: string; json: Loose | undefined }): boolean =>
  /^event: ?error/m.test(raw) || Boolean(json?.["error"]) || json?.["type"] === "response.failed";
const isTerminal = (json: Loose | undefined): boolean =>
  json?.["type"] === "response.completed" || json?.["type"] === "response.incomplete";
/** The object that says the model: the frame itself, or the message or response in it. */
const holderOf = (json: Loose | undefined): Loose | undefined =>
  json?.["type"] === "message_start" ? json["message"] : (json?.["response"] ?? json);

/** What of a recording is one reply: some recorders joined several (the rest is dropped), some cut theirs. */
const oneReply = (one: Recorded): { sse: string; complete: boolean; failed: boolean } => {
  const frames = framesOf(one.sse ?? "");
  const stop = frames.findIndex(({ json }) => json?.["type"] === "message_stop");
  const last =
    stop < 0
      ? frames
      : [...frames.slice(0, stop + 1), ...frames.slice(stop + 1).filter(({ json }) => json === undefined)];
  const ends = last.some(
    ({ data, json }) =>
      data.trim() === "[DONE]" ||
      json?.["type"] === "message_stop" ||
      isTerminal(json) ||
      json?.["choices"]?.some((choice: Loose) => typeof choice["finish_reason"] === "string"),
  );
  const cut = last.some(({ data, json }) => data !== "" && data.trim() !== "[DONE]" && json === undefined);
  // A message that begins within another is more than any client takes.
  const tangled = last.filter(({ json }) => json?.["type"] === "message_start").length > 1;
  return {
    sse: last.map(({ raw }) => raw).join(""),
    complete: ends && !cut && !tangled,
    failed: frames.some(isError) || cut || !ends || tangled,
  };
};

const settledBy = (reading: Reading): Settled => ({
  usage: reading.usage ?? {},
  source: reading.usage === undefined ? "estimated" : "reported",
});

const wantedBy = (one: Recorded): { wantsUsage: boolean; choices: number } => {
  const request = parse(one.request ?? "{}");
  return {
    wantsUsage: one.protocol !== "openai-chat" || request?.["stream_options"]?.include_usage === true,
    choices: request?.["n"] ?? 1,
  };
};

const pass = (one: Recorded, pieces: readonly Buffer[], replyModel: string, wants: ReturnType<typeof wantedBy>) => {
  const target = aTarget({ model: one.model, replyModel });
  const context = aContext({ model: replyModel, wantsUsage: wants.wantsUsage });
  const stream = PROTOCOLS[one.protocol].edits.stream(anAsk(wants), target, context);
  const out: Buffer[] = [];
  for (const piece of pieces) {
    const bytes = stream.push(piece);
    if (bytes !== undefined) out.push(bytes);
  }
  const late = stream.end();
  if (late !== undefined) out.push(late);
  const streamed = Buffer.concat(out).toString();
  const reading = stream.reading();
  const text = stream.state === "ended" ? streamed + stream.finish(settledBy(reading)).toString() : streamed;
  return { stream, streamed, text, reading };
};

const sliced = (bytes: Buffer, points: readonly number[]): Buffer[] => {
  const at = [0, ...points.map((point) => point % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
};

/** The provider's model names, one per frame or body that has one: what a rename must replace. */
const renamed = (raw: string, json: Loose | undefined, to: string): string => {
  const holder = holderOf(json);
  if (typeof holder?.["model"] !== "string") return raw;
  const name = JSON.stringify(holder["model"]);
  const at = raw.indexOf(name, raw.lastIndexOf('"model"'));
  const found = raw.search(/"model"\s*:/);
  const first = at < 0 ? raw.indexOf(name, found) : raw.indexOf(name, found);
  return raw.slice(0, first) + JSON.stringify(to) + raw.slice(first + name.length);
};

const expectedStream = (one: Recorded, to: string | undefined, wantsUsage: boolean): string =>
  framesOf(oneReply(one).sse)
    .filter(({ json }) => one.protocol !== "openai-chat" || wantsUsage || !isUsageOnly(json))
    .map(({ raw, json }) => (to === undefined ? raw : renamed(raw, json, to)))
    .join("");

/** Every model name within a stream that is not the target's would be renamed; the identity run gives it no such name. */
const modelsOf = (one: Recorded): Set<string> =>
  new Set(
    framesOf(one.sse ?? "").flatMap(({ json }) => {
      const model = holderOf(json)?.["model"];
      return typeof model === "string" ? [model] : [];
    }),
  );

const reportOf = (one: Recorded): Loose | undefined => {
  if (one.protocol === "anthropic") {
    const usages =
      one.sse === undefined
        ? [parse(one.body ?? "")]
        : framesOf(oneReply(one).sse).map(({ json }) => json?.["message"] ?? json);
    const merged: Loose = {};
    for (const { usage } of usages.map((from) => ({ usage: from?.["usage"] as Loose | undefined })))
      for (const [key, value] of Object.entries(usage ?? {})) if (value !== null) merged[key] = value;
    return Object.keys(merged).length === 0 ? undefined : merged;
  }
  const bodies = one.sse === undefined ? [parse(one.body ?? "")] : framesOf(one.sse).map(({ json }) => json);
  return bodies
    .flatMap(
      (json) =>
        json?.["response"]?.usage ?? json?.["usage"] ?? json?.["choices"]?.[0]?.usage ?? json?.["x_groq"]?.usage ?? [],
    )
    .at(-1) as Loose | undefined;
};

/** The provider's totals in its own words, as total prompt and total completion. */
const totalsOf = (one: Recorded, usage: Loose): [prompt: number, completion: number] => {
  if (one.protocol === "anthropic") {
    const passes = [usage, ...(usage["iterations"] ?? []).filter((pass: Loose) => pass["type"] !== "message")];
    const sum = (...keys: string[]) =>
      passes.reduce((all, pass: Loose) => all + keys.reduce((n, key) => n + Number(pass[key] ?? 0), 0), 0);
    return [sum("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"), sum("output_tokens")];
  }
  if (one.protocol === "openai-responses") return [usage["input_tokens"], usage["output_tokens"]];
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: all } = usage;
  const reasoning = usage["completion_tokens_details"]?.reasoning_tokens ?? 0;
  const audio = usage["prompt_tokens_details"]?.audio_tokens ?? 0;
  const cached = usage["prompt_tokens_details"]?.cached_tokens ?? 0;
  if (reasoning > 0 && all === prompt + completion + reasoning) return [prompt, completion + reasoning];
  if (audio > 0 && all === prompt + completion + audio) return [prompt + audio, completion];
  return [Math.max(prompt, cached), Math.max(completion, reasoning)];
};

const checkUsage = (one: Recorded, usage: Usage | undefined): void => {
  const report = reportOf(one);
  if (report === undefined) {
    expect(usage).toBeUndefined();
    return;
  }
  expect([total(usage ?? {}, PROMPT_UNITS), total(usage ?? {}, COMPLETION_UNITS)]).toEqual(totalsOf(one, report));
};

/** Whether usage must be filled in: asked for, and not where the dialect has it. */
const isFilled = (one: Recorded, wantsUsage: boolean): boolean =>
  one.protocol === "openai-chat" && wantsUsage && !framesOf(one.sse ?? "").some(({ json }) => Boolean(json?.["usage"]));

describe("streams", () => {
  it.each(STREAMS.map((one) => [one.file, one] as const))("%s", (_, one) => {
    const reply = oneReply(one);
    const bytes = Buffer.from(one.sse ?? "");
    const wants = wantedBy(one);
    const [only, ...others] = modelsOf(one);
    const isRenamed = others.length > 0;
    const same = isRenamed ? "customer/name" : (only ?? "customer/name");
    const whole = pass(one, [bytes], same, wants);
    expect(whole.stream.state).toBe(reply.failed ? "failed" : "ended");
    if (reply.failed) {
      expect(whole.stream.fault).toBeDefined();
      expect(expectedStream(one, isRenamed ? same : undefined, true).startsWith(whole.text)).toBe(true);
      expect(framesOf(whole.text).some(isError)).toBe(false);
      return;
    }
    for (const wantsUsage of [wants.wantsUsage, true, false]) {
      if (isFilled(one, wantsUsage)) continue;
      for (const name of [same, 'customer/"name"']) {
        const expected = expectedStream(one, name === only ? undefined : name, wantsUsage);
        expect(pass(one, [bytes], name, { ...wants, wantsUsage }).text).toBe(expected);
      }
    }
    checkUsage(one, whole.reading.usage);
    expect(whole.reading.invalid).toBe(false);

    const drip = pass(
      one,
      Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1)),
      same,
      wants,
    );
    expect([drip.text, drip.reading]).toEqual([whole.text, whole.reading]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 12 }), (points) => {
        const again = pass(one, sliced(bytes, points), same, wants);
        expect(again.text).toBe(whole.text);
        expect(again.reading).toEqual(whole.reading);
        expect(again.text.startsWith(again.streamed)).toBe(true);
        // Something is left for after the settlement.
        expect(again.streamed.length).toBeLessThan(again.text.length);
      }),
      { numRuns: 8 },
    );
  });
});

describe("JSON replies", () => {
  it.each(BODIES.map((one) => [one.file, one] as const))("%s", (_, one) => {
    const bytes = Buffer.from(one.body ?? "");
    const json = parse(one.body ?? "");
    const model = typeof json?.["model"] === "string" ? json["model"] : "m";
    const read = (replyModel: string) =>
      PROTOCOLS[one.protocol].edits.reply(bytes, aTarget({ model: one.model, replyModel }));
    if (json?.["error"]) {
      expect(() => read(model)).toThrow(UpstreamBroken);
      return;
    }
    const same = read(model);
    checkUsage(one, same.reading.usage);
    expect(same.reading.invalid).toBe(false);
    expect(same.render(settledBy(same.reading)).equals(bytes)).toBe(true);
    const other = read('customer/"name"');
    expect(other.render(settledBy(other.reading)).toString()).toBe(renamed(one.body ?? "", json, 'customer/"name"'));
  });
});

describe("requests", () => {
  const asked = ALL.filter((one) => one.request !== undefined);
  it.each(asked.map((one) => [one.file, one] as const))("%s", (_, one) => {
    const call = aCall(one.request ?? "");
    const request = JSON.parse(one.request ?? "") as Loose;
    const wants = wantedBy(one);
    const ask = anAsk({ stream: request["stream"] === true, wantsUsage: wants.wantsUsage });
    const send = (model: string): { sent: Loose; text: string } => {
      const edits = PROTOCOLS[one.protocol].edits.request(call, ask, aTarget({ model }));
      const text = Buffer.concat(splice(call.body, call.scan, edits)).toString();
      return { sent: JSON.parse(text) as Loose, text };
    };
    const edited = ["model", "stream_options", "store", "max_tokens"];
    // What a provider that stores nothing cannot take, and hosted tools nobody chose, are left out by name.
    const { dropped = [] } = PROTOCOLS[one.protocol].edits.request(call, ask, aTarget());
    for (const name of dropped) edited.push(name.split("[")[0] ?? "");
    const { text, sent } = send("provider/name");
    for (const key of new Set([...Object.keys(request), ...Object.keys(sent)]))
      if (!edited.includes(key)) expect(sent[key]).toEqual(request[key]);
    expect(sent["model"]).toBe("provider/name");
    if (ask.stream && one.protocol === "openai-chat") expect(sent["stream_options"].include_usage).toBe(true);
    if (one.protocol === "anthropic") expect(sent["max_tokens"]).toBe(request["max_tokens"] ?? 4_096);
    expect(sent["store"] === true).toBe(false);
    const needsNothing: Partial<Record<ProtocolId, boolean>> = {
      anthropic: request["max_tokens"] !== undefined,
      "openai-chat": (!ask.stream || ask.wantsUsage) && request["store"] !== true,
      "openai-responses": request["store"] === false && dropped.length === 0,
    };
    if (needsNothing[one.protocol] === true && typeof request["model"] === "string")
      expect(send(request["model"]).text).toBe(one.request);
    expect(text).not.toBe(one.request);
  });
});

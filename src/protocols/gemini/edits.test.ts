import { describe, expect, it } from "vitest";

import { aTarget } from "../fixtures/corpus.ts";
import { aCall, aContext, anAsk, EDITS } from "../fixtures/sides.ts";
import type { Call, Settled, Target } from "../protocol.ts";
import { packSeal } from "../seal.ts";
import { splice } from "../splice.ts";
import { sseEvent } from "../sse.ts";
import { packSignature, SKIP } from "./parts.ts";

const edits = EDITS.gemini;
const sent = (body: string | object, target: Partial<Target> = {}, maxTokens?: number): string => {
  const call: Call = { ...aCall(body), route: { model: "m", stream: true, sse: true } };
  const ask = anAsk(maxTokens === undefined ? {} : { maxTokens });
  return Buffer.concat(splice(call.body, call.scan, edits.request(call, ask, aTarget(target)))).toString();
};

describe("requests", () => {
  it.each<[string, Partial<Target>, number | undefined, string]>([
    ['{ "contents": [1e2] }', {}, undefined, '{ "contents": [1e2] }'],
    ['{"generationConfig":{"maxOutputTokens":9}}', { maxTokens: 20 }, 9, '{"generationConfig":{"maxOutputTokens":9}}'],
    [
      '{"generationConfig": {"topK": 1.0, "maxOutputTokens": 9}}',
      { maxTokens: 5 },
      9,
      '{"generationConfig": {"topK": 1.0, "maxOutputTokens": 5}}',
    ],
    [
      '{"generation_config":{"max_output_tokens":9}}',
      { maxTokens: 5 },
      9,
      '{"generation_config":{"max_output_tokens":5}}',
    ],
    [
      '{"generationConfig":null,"a":1}',
      { maxTokens: 5 },
      undefined,
      '{"generationConfig":{"maxOutputTokens":5},"a":1}',
    ],
    ['{"model":"models/theirs"}', { model: "ours" }, undefined, '{"model":"models/ours"}'],
  ])("%s", (body, target, maxTokens, expected) => {
    expect(sent(body, target, maxTokens)).toBe(expected);
  });

  it("gets a cap where there is no config", () => {
    expect(JSON.parse(sent('{"a":1}', { maxTokens: 5 }))).toEqual({ a: 1, generationConfig: { maxOutputTokens: 5 } });
  });

  it("takes out signatures of other makers, and only those", () => {
    const foreign = packSignature({ protocol: "anthropic", model: "claude", value: "v".repeat(100) });
    const redacted = packSignature({ protocol: "anthropic", model: "claude", value: "v" }, true);
    const call = { functionCall: { name: "f", args: {} } };
    const own = { role: "model", parts: [{ ...call, thoughtSignature: "c2ln" }] };
    const contents = [
      own,
      {
        role: "model",
        parts: [
          { text: "hm", thought: true, thoughtSignature: foreign },
          { ...call, thoughtSignature: foreign },
        ],
      },
      { role: "model", parts: [{ text: "", thought: true, thoughtSignature: redacted }] },
      { role: "model", parts: [{ text: "so", thought_signature: foreign }] },
    ];
    expect(JSON.parse(sent({ contents })).contents).toEqual([
      own,
      { role: "model", parts: [{ ...call, thoughtSignature: SKIP }] },
      { role: "model", parts: [{ text: "so" }] },
    ]);
    expect(packSeal({ protocol: "anthropic", model: "claude", value: "v" })).not.toContain(SKIP);
  });
});

const REPORTED: Settled = { usage: { input: 3, output: 4 }, source: "reported" };
const chunk = (members: object): string => sseEvent(JSON.stringify(members));
const text = (value: string, more: object = {}): object => ({
  candidates: [{ content: { parts: [{ text: value }], role: "model" }, index: 0, ...more }],
});
const stream = (target: Partial<Target> = {}) => edits.stream(anAsk(), aTarget(target), aContext());

describe("streams", () => {
  it("pass at once but for the end, which waits for its charge; CRLF and all", () => {
    const one = stream();
    const crlf = 'data: {"candidates": [{"content": {"parts": [{"text": "a"}]}}]}\r\n\r\n';
    expect(one.push(Buffer.from(crlf))?.toString()).toBe(crlf);
    const last = chunk({
      ...text("b", { finishReason: "STOP" }),
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 },
    });
    expect(one.push(Buffer.from(last))).toBeUndefined();
    expect(one.state).toBe("open");
    one.end();
    expect(one.state).toBe("ended");
    expect(one.finish(REPORTED).toString()).toBe(last);
  });

  it("have the customer's name for the model, and the usage that was charged", () => {
    const one = stream({ replyModel: "ours" });
    const first = one.push(
      Buffer.from(chunk({ ...text("a"), modelVersion: "theirs", usageMetadata: { promptTokenCount: -1 } })),
    );
    expect(first?.toString()).toBe(chunk({ ...text("a"), modelVersion: "ours", usageMetadata: {} }));
    one.push(Buffer.from(chunk(text("", { finishReason: "STOP" }))));
    one.end();
    const end = one.finish({ usage: { input: 1, output: 2 }, source: "estimated", cost: "0.1" }).toString();
    expect(JSON.parse(end.slice("data: ".length))).toMatchObject({
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3, cost: "0.1" },
    });
  });

  it("of several candidates end with the last of them, nothing out of its order", () => {
    const one = stream();
    const of = (index: number, more: object): string =>
      chunk({ candidates: [{ content: { parts: [{ text: `${index}` }] }, index, ...more }] });
    const all = [of(0, { finishReason: "STOP" }), of(1, {}), of(1, { finishReason: "STOP" })];
    let heard = "";
    for (const frame of all) heard += one.push(Buffer.from(frame))?.toString() ?? "";
    expect(heard).toBe(all.slice(0, 2).join(""));
    one.end();
    expect(heard + one.finish(REPORTED).toString()).toBe(all.join(""));
  });

  it("end where the prompt was blocked, and fail where no reason was given", () => {
    const blocked = stream();
    blocked.push(
      Buffer.from(chunk({ promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 3 } })),
    );
    blocked.end();
    expect([blocked.state, blocked.reading().finish]).toEqual(["ended", "filtered"]);
    const cut = stream();
    cut.push(Buffer.from(chunk(text("a"))));
    cut.end();
    expect(cut.state).toBe("failed");
  });

  it("fail on an error as an event, and on one as bare JSON", () => {
    for (const bad of ['data: {"error":{"code":503}}\n\n', '{\n "error": {"code": 499}\n}\n\n']) {
      const one = stream();
      one.push(Buffer.from(chunk(text("a"))));
      one.push(Buffer.from(bad));
      one.end();
      expect(one.state).toBe("failed");
    }
  });

  it("end early in the dialect's own way", () => {
    const one = stream({ replyModel: "ours" });
    one.push(Buffer.from(chunk(text("a"))));
    expect(JSON.parse(one.cut(REPORTED).toString().slice("data: ".length))).toMatchObject({
      candidates: [{ finishReason: "MAX_TOKENS", index: 0 }],
      modelVersion: "ours",
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 },
    });
  });
});

describe("JSON replies", () => {
  it("keep every byte but the model's name and what was settled otherwise", () => {
    const body =
      '{ "candidates": [ {"finishReason": 1} ], "modelVersion": "theirs", "usageMetadata": {"promptTokenCount": 3} }';
    const reply = edits.reply(Buffer.from(body), aTarget({ replyModel: "ours" }));
    expect(reply.reading).toMatchObject({ usage: { input: 3, output: 0 }, finish: "stop" });
    expect(reply.render(REPORTED).toString()).toBe(body.replace("theirs", "ours"));
    const cost = reply.render({ ...REPORTED, cost: "1" }).toString();
    expect(JSON.parse(cost)).toMatchObject({ usageMetadata: { promptTokenCount: 3, cost: "1" } });
  });

  it.each(["{}", "[]", '{"error":{"code":500}}', "<html>"])("%s is none", (body) => {
    expect(() => edits.reply(Buffer.from(body), aTarget())).toThrow(/./);
  });
});

import { describe, expect, it } from "vitest";

import { aTarget } from "../fixtures/corpus.ts";
import { aCall, anAsk, aContext, anUpstream } from "../fixtures/sides.ts";
import type { Settled, Target } from "../protocol.ts";
import { packSeal } from "../seal.ts";
import { splice } from "../splice.ts";
import { responsesEdits } from "./edits.ts";
import { sealedId, writeSeal } from "./reasoning.ts";

const edits = responsesEdits(anUpstream);
const SETTLED: Settled = { usage: { input: 9, output: 4 }, source: "reported" };

const sent = (body: object, target: Partial<Target> = {}) => {
  const call = aCall(body);
  const { dropped, ...splices } = edits.request(call, anAsk(), aTarget(target));
  const text = Buffer.concat(splice(call.body, call.scan, splices)).toString();
  return { text, body: JSON.parse(text) as Record<string, unknown>, dropped };
};

const FOREIGN = { protocol: "anthropic", model: "m", value: "v" } as const;

describe("requests", () => {
  it("keep their bytes when they need nothing", () => {
    const body = { model: "m", input: [{ type: "reasoning", summary: [], encrypted_content: "own" }], store: false };
    expect(sent(body).text).toBe(JSON.stringify(body));
  });

  it.each([[{}], [{ store: true }], [{ store: null }]])("are never stored: %j", (fields) => {
    expect(sent({ model: "m", input: "hi", ...fields }).body["store"]).toBe(false);
  });

  it("say the provider's model and a lowered cap", () => {
    const { body } = sent({ model: "m", input: "hi", max_output_tokens: 900 }, { model: "p", maxTokens: 300 });
    expect(body).toMatchObject({ model: "p", max_output_tokens: 300 });
    expect(sent({ model: "m", input: "hi", max_output_tokens: 9 }, { maxTokens: 300 }).body["max_output_tokens"]).toBe(
      9,
    );
    expect(sent({ model: "m", input: "hi" }, { maxTokens: 300 }).body["max_output_tokens"]).toBe(300);
  });

  it.each<[string, object]>([
    ["items by reference", { type: "item_reference", id: "rs_1" }],
    ["reasoning that was to be looked up", { type: "reasoning", id: "rs_1", summary: [] }],
    ["reasoning of another protocol", { type: "reasoning", summary: [], encrypted_content: packSeal(FOREIGN) }],
    ["what another one hid", { type: "reasoning", summary: [], encrypted_content: writeSeal(FOREIGN, true) }],
  ])("leave out %s by name, and nothing else", (_, item) => {
    const hello = { role: "user", content: "hi" };
    const { body, dropped } = sent({ model: "m", input: [item, hello] });
    expect(body["input"]).toEqual([hello]);
    expect(dropped).toEqual([`input[0]:${(item as { type: string }).type}`]);
  });

  it("keep reasoning whose text is shown, and calls without another's seal", () => {
    const shown = { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "Hm." }] };
    const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
    const { body, dropped } = sent({ model: "m", input: [shown, { ...call, id: sealedId(FOREIGN) }] });
    expect(body["input"]).toEqual([shown, call]);
    expect(dropped).toEqual([]);
  });

  it("leave out hosted tools that nobody chose", () => {
    const own = { type: "function", name: "f" };
    const { body, dropped } = sent({ model: "m", input: "hi", tools: [{ type: "web_search" }, own] });
    expect(body["tools"]).toEqual([own]);
    expect(dropped).toEqual(["tools[0]:web_search"]);
  });
});

const frame = (type: string, rest: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const response = (fields: object): object => ({ response: { id: "resp_1", model: "own", output: [], ...fields } });
const CREATED = frame("response.created", { sequence_number: 0, ...response({ status: "in_progress" }) });
const ADDED = frame("response.output_item.added", {
  sequence_number: 1,
  output_index: 0,
  item: { id: "msg_1", type: "message", status: "in_progress", role: "assistant", content: [] },
});
const DELTA = frame("response.output_text.delta", {
  sequence_number: 2,
  item_id: "msg_1",
  output_index: 0,
  content_index: 0,
  delta: "One",
});
const USAGE = { input_tokens: 9, output_tokens: 4 };
const DONE = frame("response.completed", { sequence_number: 3, ...response({ status: "completed", usage: USAGE }) });

const open = (target: Partial<Target> = {}) => edits.stream(anAsk(), aTarget(target), aContext());

describe("streams", () => {
  it("say the customer's name of the model wherever the provider's stood", () => {
    const stream = open({ replyModel: "theirs" });
    const text = (stream.push(Buffer.from(CREATED + ADDED + DELTA + DONE))?.toString() ?? "") + stream.finish(SETTLED);
    expect(text).toBe((CREATED + ADDED + DELTA + DONE).replaceAll('"own"', '"theirs"'));
  });

  it("leave the reply free for another candidate until content comes (B40)", () => {
    const stream = open({ replyModel: "own" });
    expect(stream.push(Buffer.from(CREATED))).toBeUndefined();
    expect(stream.started).toBe(false);
    expect(stream.push(Buffer.from(ADDED))?.toString()).toBe(CREATED + ADDED);
    expect(stream.started).toBe(true);
  });

  it("hold the end back, with whatever follows it (DESIGN 3.6)", () => {
    const stream = open({ replyModel: "own" });
    stream.push(Buffer.from(CREATED + DELTA));
    expect(stream.push(Buffer.from(`${DONE}data: [DONE]\n\n`))).toBeUndefined();
    expect(stream.state).toBe("ended");
    expect(stream.finish(SETTLED).toString()).toBe(`${DONE}data: [DONE]\n\n`);
  });

  it.each<[string, Settled, object]>([
    ["filled in when it was not credible", { ...SETTLED, source: "estimated" }, { input_tokens: 9, total_tokens: 13 }],
    ["told with its cost when asked", { ...SETTLED, cost: "0.5" }, { ...USAGE, cost: "0.5" }],
  ])("usage is %s", (_, settled, usage) => {
    const stream = open({ replyModel: "own" });
    stream.push(Buffer.from(CREATED + DONE));
    const text = stream.finish(settled).toString();
    const last = JSON.parse(text.slice(text.lastIndexOf("data: ") + 6)) as { response: object };
    expect(last.response).toMatchObject({ usage });
  });

  it("fail without their terminal event (B42)", () => {
    const stream = open();
    stream.push(Buffer.from(CREATED + DELTA));
    stream.end();
    expect(stream.state).toBe("failed");
  });

  it("end early with what was said so far", () => {
    const stream = open({ replyModel: "own" });
    stream.push(Buffer.from(CREATED + ADDED + DELTA));
    const events = stream
      .cut(SETTLED)
      .toString()
      .split("\n\n")
      .filter((one) => one !== "")
      .map((one) => JSON.parse(one.slice(one.indexOf("{"))) as Record<string, unknown>);
    expect(events.map(({ type }) => type)).toEqual([
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.incomplete",
    ]);
    expect(events.map((one) => one["sequence_number"])).toEqual([3, 4, 5, 6]);
    expect(events.at(-1)?.["response"]).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ status: "incomplete", content: [{ text: "One" }] }],
      usage: { input_tokens: 9 },
    });
  });
});

/** Images in replies: read from each protocol that has them, written in every dialect, counted by what the provider says or by what is seen. */
import { describe, expect, it } from "vitest";

import { aTarget, GEMINI, loadRecorded, type Recorded } from "./fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "./fixtures/sides.ts";
import { mustHave } from "./fixtures/wire.ts";
import { PROTOCOLS } from "./index.ts";
import { IMAGE_TOKENS } from "./meter.ts";
import { PROTOCOL_IDS, type ProtocolId, type Relay } from "./protocol.ts";
import { relay } from "./relay.ts";
import { MAX_DRAWN_BYTES, MAX_LINE_BYTES, SseReader } from "./sse.ts";

const joined = (from: ProtocolId, to: ProtocolId, draws = true): Relay =>
  relay({
    from: PROTOCOLS[from],
    to: PROTOCOLS[to],
    call: aCall({ model: "m" }),
    ask: anAsk(),
    target: aTarget(draws ? { draws: true } : {}),
    context: aContext(),
  });

interface Heard {
  readonly text: string;
  readonly relayed: ReturnType<ReturnType<Relay["stream"]>["reading"]>;
  readonly state: string;
}

/** A stream in pieces, as its client gets it. */
const stream = (
  from: ProtocolId,
  to: ProtocolId,
  sse: string,
  options: { draws?: boolean; step?: number } = {},
): Heard => {
  const reply = joined(from, to, options.draws).stream();
  const bytes = Buffer.from(sse);
  const step = options.step ?? 65_536;
  let text = "";
  for (let at = 0; at < bytes.length; at += step) text += reply.push(bytes.subarray(at, at + step))?.toString() ?? "";
  text += reply.end()?.toString() ?? "";
  const relayed = reply.reading();
  if (reply.state === "ended") text += reply.finish({ usage: relayed.usage ?? {}, source: "reported" }).toString();
  return { text, relayed, state: reply.state };
};

const whole = (from: ProtocolId, to: ProtocolId, body: object | string): Heard => {
  const reply = joined(from, to).reply(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
  const { reading } = reply;
  return {
    text: reply.render({ usage: reading.usage ?? {}, source: "reported" }).toString(),
    relayed: reading,
    state: "",
  };
};

const PNG = "iVBORw0KGgpEUkFXTg==";
const inline = (data: string, more: object = {}): object => ({ inlineData: { mimeType: "image/png", data }, ...more });

const geminiReply = (parts: readonly object[], usage?: object): object => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", index: 0 }],
  ...(usage === undefined ? {} : { usageMetadata: usage }),
});

const COUNTED = { promptTokenCount: 10, candidatesTokenCount: 1_400, totalTokenCount: 1_410 };

describe("recorded replies with images", () => {
  const rows = mustHave(
    "image of Gemini's",
    loadRecorded(GEMINI).filter((one) => (one.body ?? one.sse ?? "").includes('"inlineData"')),
  );
  const drawn = rows.flatMap((one) => PROTOCOL_IDS.map((client) => [one.file, client, one] as const));

  it.skipIf(drawn.length === 0).each(drawn)("%s to %s", (_file, client, one: Recorded) => {
    const heard = one.sse === undefined ? whole(client, "gemini", one.body ?? "") : stream(client, "gemini", one.sse);
    const data = /"data":\s*"([^"]+)"/.exec(one.body ?? one.sse ?? "")?.[1] ?? "nothing";
    expect(heard.text).toContain(data);
    expect(heard.relayed.images).toBe(1);
    // Every recorded image counts the same, and text beside it is no part of it (I-17).
    expect(heard.relayed.usage?.image_output).toBe(1_290);
    expect((heard.relayed.usage?.output ?? 0) < 100).toBe(true);
  });
});

describe("counting", () => {
  it("takes the images' share out of a count that does not tell it, as far as it reaches", () => {
    const { usage } = whole("openai-chat", "gemini", geminiReply([{ text: "t" }, inline(PNG)], COUNTED)).relayed;
    expect(usage).toEqual({ input: 10, image_output: IMAGE_TOKENS, output: 1_400 - IMAGE_TOKENS });
    const few = whole("openai-chat", "gemini", geminiReply([inline(PNG)], { ...COUNTED, candidatesTokenCount: 500 }));
    expect(few.relayed.usage).toEqual({ input: 10, image_output: 500, output: 0 });
  });

  it("tells of images where nothing was counted, and not of those that were thought", () => {
    const parts = [inline("dGhvdWdodA==", { thought: true }), inline(PNG)];
    const { relayed, text } = whole("openai-chat", "gemini", geminiReply(parts));
    expect([relayed.usage, relayed.images]).toEqual([undefined, 1]);
    expect(text).not.toContain("dGhvdWdodA==");
  });

  it("counts those of chat providers, in both places that they have", () => {
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${PNG}` } };
    const message = { role: "assistant", content: [{ type: "text", text: "t" }, image], images: [image] };
    const body = { id: "1", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] };
    for (const client of PROTOCOL_IDS) {
      const { relayed, text } = whole(client, "openai-chat", body);
      expect([relayed.images, text.split(PNG).length - 1], client).toEqual([2, 2]);
    }
  });

  it("does not take an address for an image", () => {
    const image = { type: "image_url", image_url: { url: "https://provider.example/secret.png" } };
    const message = { role: "assistant", content: "t", images: [image] };
    const body = { id: "1", object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] };
    expect(whole("anthropic", "openai-chat", body).text).not.toContain("provider.example");
  });
});

describe("large images", () => {
  const data = "A".repeat(3 * MAX_LINE_BYTES);
  const sse = [geminiReply([{ text: "before" }]), { ...geminiReply([inline(data)]), usageMetadata: COUNTED }]
    .map((body, i) =>
      JSON.stringify(i === 0 ? { candidates: [{ content: { parts: [{ text: "before" }], role: "model" } }] } : body),
    )
    .map((body) => `data: ${body}\r\n\r\n`)
    .join("");

  it.each(PROTOCOL_IDS)("reach %s whole", (client) => {
    const { text, state, relayed } = stream(client, "gemini", sse);
    expect([state, relayed.images]).toEqual(["ended", 1]);
    expect(text.includes(data)).toBe(true);
  });

  it("are no reason for a model that does not draw to send lines of any length (B45)", () => {
    expect(stream("openai-chat", "gemini", sse, { draws: false }).state).toBe("failed");
    expect(stream("gemini", "gemini", sse, { draws: false }).state).toBe("failed");
  });

  it("come out of the reader as they went in, however they are cut", () => {
    const frames = [
      `data: ${"x".repeat(700_000)}\n\n`,
      "data: y\n\n",
      `data: ${"z".repeat(900_000)}\r\n\r\n`,
      ": c\n\ndata: w\n\n",
    ];
    const bytes = Buffer.from(frames.join(""));
    for (const step of [997, 65_536, 250_000, 1_700_000]) {
      const reader = new SseReader(MAX_DRAWN_BYTES);
      const raw: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        reader.push(bytes.subarray(at, at + step));
        for (let frame = reader.next(); frame !== undefined; frame = reader.next()) raw.push(frame.raw);
      }
      // What was handed out keeps its bytes, whatever came after it.
      expect(Buffer.concat(raw).equals(bytes), `cut every ${step} bytes`).toBe(true);
    }
  });
});

/**
 * Nothing is lost in silence (issue 3): what translation leaves out of a request is named, or refused when the client says so; what
 * it leaves out of a reply is named in the header of a whole reply, and in the usage object of a stream for those who ask.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ProtocolId } from "../src/protocols/protocol.ts";
import { DIALECTS } from "./client-dialects.ts";
import type { TestGateway } from "./gateway.ts";
import { startTestGateway } from "./gateway.ts";
import { echoOf, PROTOCOL_IDS, startFourUpstreams } from "./upstream/four-upstreams.ts";
import { completion, piece, PRICES, STOP, textPiece, USAGE } from "./upstream/chat.ts";
import { dataEvents, json, stream } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

/** For each dialect: what it may say that another protocol cannot carry, where that goes, and the name that is told. */
const LOSSES: Readonly<
  Record<ProtocolId, readonly (readonly [what: string, fields: object, to: ProtocolId, named: string])[]>
> = {
  "openai-chat": [
    ["a sampling setting", { logit_bias: { 50256: -100 } }, "anthropic", "logit_bias"],
    ["a number of replies", { n: 2 }, "anthropic", "n"],
    ["a penalty", { presence_penalty: 0.5 }, "anthropic", "presence_penalty"],
    ["a field of next year", { next_year: true }, "gemini", "next_year"],
    [
      "a member of a message",
      { messages: [{ role: "user", content: "hi", mood: "glad" }] },
      "anthropic",
      "messages[0].mood",
    ],
    ["a part of another kind", { messages: [{ role: "user", content: [{ type: "smell" }] }] }, "gemini", "content[0]"],
  ],
  "openai-responses": [
    ["truncation by the provider", { truncation: "auto" }, "anthropic", "truncation"],
    ["a hosted tool", { tools: [{ type: "web_search" }] }, "anthropic", "tools[0]:web_search"],
    [
      "an item by reference",
      {
        input: [
          { type: "item_reference", id: "rs_1" },
          { role: "user", content: "hi" },
        ],
      },
      "gemini",
      "input[0]:item_reference",
    ],
    ["a field of next year", { next_year: true }, "openai-chat", "next_year"],
  ],
  anthropic: [
    ["a number of candidates", { top_k: 5 }, "openai-chat", "top_k"],
    ["a field of next year", { next_year: true }, "openai-chat", "next_year"],
    ["context management", { context_management: { edits: [] } }, "gemini", "context_management"],
    [
      "a block of another kind",
      { messages: [{ role: "user", content: [{ type: "text", text: "hi" }, { type: "smell" }] }] },
      "openai-chat",
      "smell",
    ],
  ],
  gemini: [
    [
      "safety settings",
      { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] },
      "anthropic",
      "safetySettings",
    ],
    ["a field of next year", { nextYear: true }, "openai-chat", "nextYear"],
    ["labels", { labels: { a: "b" } }, "openai-responses", "labels"],
  ],
};

const CASES = PROTOCOL_IDS.flatMap((dialect) => LOSSES[dialect].map((loss) => [dialect, ...loss] as const));

/** What of a reply's request is kept as lost. */
const keptOf = async (gateway: TestGateway, reply: Response): Promise<readonly string[]> => {
  const address = `${gateway.url}/v1/charges/${reply.headers.get("x-request-id") ?? ""}`;
  const charge = await fetch(address, { headers: { authorization: `Bearer ${gateway.key}` } });
  return ((await charge.json()) as { readonly dropped: readonly string[] }).dropped;
};

describe("what a request loses", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startFourUpstreams();
  });
  afterAll(async () => {
    await gateway.close();
  });

  const post = (dialect: ProtocolId, to: ProtocolId, fields: object, headers: Record<string, string> = {}) => {
    const { request, text } = DIALECTS[dialect];
    const { path, body } = request(echoOf(to), [text("hi")]);
    return fetch(gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
      body: JSON.stringify({ ...body, ...fields }),
    });
  };

  it.each(CASES)("%s: %s is named", async (dialect, _what, fields, to, named) => {
    const reply = await post(dialect, to, fields);
    expect(reply.status, await reply.text()).toBe(200);
    expect(reply.headers.get("x-farthing-dropped")).toContain(named);
    expect((await keptOf(gateway, reply)).join(",")).toBe(reply.headers.get("x-farthing-dropped"));
  });

  it.each(CASES)("%s: %s is a 400 for who is strict, and free", async (dialect, _what, fields, to, named) => {
    const before = gateway.balance();
    const reply = await post(dialect, to, fields, { "x-farthing-strict": "true" });
    const { status, message } = DIALECTS[dialect].errorOf(await reply.json(), reply.status);
    expect(status).toBe(400);
    expect(message).toContain(named);
    expect(gateway.balance()).toBe(before);
    expect(gateway.server.books.open().count).toBe(0);
  });

  it.each(PROTOCOL_IDS)("%s: who is strict and loses nothing is answered", async (dialect) => {
    for (const to of PROTOCOL_IDS) {
      const reply = await post(dialect, to, {}, { "x-farthing-strict": "true" });
      expect(reply.status, await reply.text()).toBe(200);
      expect(reply.headers.get("x-farthing-dropped")).toBeNull();
      expect(await keptOf(gateway, reply)).toEqual([]);
    }
  });
});

describe("what a reply loses", () => {
  let gateway: TestGateway;
  let upstream: ScriptedUpstream;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    gateway = await startTestGateway({
      config: {
        upstreams: [{ id: "u", provider: "openai-compatible", baseUrl: `${upstream.baseUrl}/v1`, apiKey: "x" }],
        models: [
          {
            id: "searches",
            kind: "chat",
            context: 100_000,
            maxOutput: 10_000,
            prices: PRICES,
            routes: [{ upstream: "u", model: "m" }],
          },
        ],
      },
    });
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  const post = (dialect: ProtocolId, streamed: boolean): Promise<Response> => {
    const { request, text } = DIALECTS[dialect];
    const { path, body } = request("searches", [text("hi")]);
    const isGemini = dialect === "gemini";
    return fetch(gateway.url + (isGemini && streamed ? path.replace(":generate", ":streamGenerate") : path), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${gateway.key}`,
        "x-farthing-usage": "cost",
      },
      body: JSON.stringify({ ...body, ...(isGemini ? {} : { stream: streamed }) }),
    });
  };
  const annotations = [{ type: "url_citation", url_citation: { url: "https://example.com" } }];

  it.each(["openai-responses", "anthropic", "gemini"] as const)(
    "%s: a whole reply tells it in its head",
    async (dialect) => {
      const message = { role: "assistant", content: "so it is", annotations };
      const choices = [{ index: 0, message, logprobs: { content: [{ token: "so" }] }, finish_reason: "stop" }];
      upstream.next(json(completion({ choices, usage: USAGE, citations: ["https://example.com"] })));
      const reply = await post(dialect, false);
      expect(reply.headers.get("x-farthing-dropped")).toBe("citations,choices.logprobs,message.annotations");
      expect(await reply.text()).toContain("so it is");
      expect(await keptOf(gateway, reply)).toEqual(["citations", "choices.logprobs", "message.annotations"]);
    },
  );

  it.each(["openai-responses", "anthropic", "gemini"] as const)(
    "%s: a stream tells it in its usage",
    async (dialect) => {
      const delta = { annotations };
      const chunks = [textPiece("so it is"), piece([{ index: 0, delta, finish_reason: null }]), STOP];
      upstream.next(stream(dataEvents(...chunks, piece([], { usage: USAGE }), "[DONE]")));
      const reply = await post(dialect, true);
      expect(reply.headers.get("x-farthing-dropped")).toBeNull();
      expect(await reply.text()).toContain('"dropped":["message.annotations"]');
      expect(await keptOf(gateway, reply)).toEqual(["message.annotations"]);
    },
  );

  it("a client of the same protocol loses nothing and is told nothing", async () => {
    const message = { role: "assistant", content: "so it is", annotations };
    upstream.next(json(completion({ choices: [{ index: 0, message, finish_reason: "stop" }], usage: USAGE })));
    const reply = await post("openai-chat", false);
    expect(reply.headers.get("x-farthing-dropped")).toBeNull();
    expect(await reply.text()).toContain("url_citation");
  });
});

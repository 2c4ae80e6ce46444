/**
 * Group D of the fault matrix, values that are none: JSON as it should be, with something in it that must not reach a hold, a
 * header, a path or a price. In every dialect a 400 that names the field, free, with no provider called.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DIALECTS, type Dialect } from "../client-dialects.ts";
import type { TestGateway } from "../gateway.ts";
import { PROTOCOL_IDS } from "../upstream/four-upstreams.ts";
import { startTestGateway } from "../gateway.ts";
import { completion, PRICES } from "../upstream/chat.ts";
import { json } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

let gateway: TestGateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  upstream.always(json(completion()));
  gateway = await startTestGateway({
    config: {
      upstreams: [{ id: "u", provider: "openai-compatible", baseUrl: `${upstream.baseUrl}/v1`, apiKey: "x" }],
      models: [
        {
          id: "watched",
          kind: "chat",
          context: 100_000,
          maxOutput: 64_000,
          prices: PRICES,
          routes: [{ upstream: "u", model: "m" }],
        },
      ],
    },
  });
});
afterAll(async () => {
  expect(gateway.server.books.open().count).toBe(0);
  await gateway.close();
  await upstream.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly called: number;
}

/** Sends a body to the model whose provider is watched. @param body made of the dialect's own good one */
const post = async (
  dialect: Dialect,
  body: string,
  options: { path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> => {
  const path = options.path ?? DIALECTS[dialect].request("watched", []).path;
  const before = upstream.requests.length;
  const reply = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...options.headers },
    body,
  });
  const text = await reply.text();
  return { status: reply.status, text, called: upstream.requests.length - before };
};

const expectRefused = async (dialect: Dialect, answer: Answer, ...named: readonly string[]): Promise<void> => {
  expect(answer.status, answer.text).toBe(400);
  expect(answer.called).toBe(0);
  const { message } = DIALECTS[dialect].errorOf(JSON.parse(answer.text), answer.status);
  for (const name of named) expect(message).toContain(name);
  expect(message.length).toBeLessThan(600);
};

const bodyOf = (dialect: Dialect, fields: object = {}, said = "hi"): Record<string, unknown> => {
  const { request, text } = DIALECTS[dialect];
  return { ...request("watched", [text(said)]).body, ...fields };
};

/** Where each dialect keeps what is checked: the outer member, or none. */
const PLACES = {
  "openai-chat": { outer: null, cap: "max_tokens", stop: "stop", list: "messages" },
  "openai-responses": { outer: null, cap: "max_output_tokens", stop: null, list: "input" },
  anthropic: { outer: null, cap: "max_tokens", stop: "stop_sequences", list: "messages" },
  gemini: { outer: "generationConfig", cap: "maxOutputTokens", stop: "stopSequences", list: "contents" },
} as const satisfies Record<Dialect, object>;

/** The dialect's good body with one member as raw JSON text, for what no value can express. */
const withRaw = (dialect: Dialect, name: string, raw: string): string => {
  const { outer } = PLACES[dialect];
  const body = bodyOf(dialect);
  const holder = outer === null ? body : (body[outer] as Record<string, unknown>);
  holder[name] = "\u0001";
  return JSON.stringify(body).replace('"\\u0001"', raw);
};

/** The beginning of a picture that would take ten gigabytes of memory. */
const HUGE_PNG = Buffer.concat([
  Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
  Buffer.from([0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50, 8, 6, 0, 0, 0]),
]);

describe.each(PROTOCOL_IDS)("%s", (dialect) => {
  const place = PLACES[dialect];

  it.each(["-1", "0", "1.5", "1e21", "1e400", "-0", "true", "[]", "{}", '"many"'])("D84 a cap of %s", async (raw) => {
    await expectRefused(dialect, await post(dialect, withRaw(dialect, place.cap, raw)), place.cap);
  });

  it.each([
    ["temperature", "1e309"],
    ["temperature", "-1e309"],
    ["temperature", '"hot"'],
    ["temperature", "[1]"],
  ])("D84 %s of %s", async (name, raw) => {
    await expectRefused(dialect, await post(dialect, withRaw(dialect, name, raw)), name);
  });

  it("D85 more turns, tools and stop sequences than there may be", async () => {
    const { [place.list]: turns } = bodyOf(dialect);
    const [turn] = turns as object[];
    const many = Array.from({ length: 100_000 }, () => turn);
    await expectRefused(
      dialect,
      await post(dialect, JSON.stringify(bodyOf(dialect, { [place.list]: many.slice(0, 10_001) }))),
    );
    const tools = Array.from({ length: 1_001 }, () => ({}));
    await expectRefused(dialect, await post(dialect, JSON.stringify(bodyOf(dialect, { tools }))), "tools");
    if (place.stop === null) return;
    const stops = JSON.stringify(Array.from({ length: 100 }, (_one, i) => `s${i}`));
    await expectRefused(dialect, await post(dialect, withRaw(dialect, place.stop, stops)), place.stop);
  });

  it("D85 no turn at all, and what is no list of them", async () => {
    for (const none of [[], 7, {}, null, true])
      await expectRefused(
        dialect,
        await post(dialect, JSON.stringify(bodyOf(dialect, { [place.list]: none }))),
        place.list,
      );
  });

  it("D80 a lone surrogate in a text does not fail the request", async () => {
    const body = JSON.stringify(bodyOf(dialect, {}, "a\u0001b")).replace("\\u0001", "\\ud800");
    const answer = await post(dialect, body);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.called).toBe(1);
  });

  it("D81 a NUL in a text is passed on", async () => {
    const answer = await post(dialect, JSON.stringify(bodyOf(dialect, {}, "a\u0000b")));
    expect(answer.status, answer.text).toBe(200);
    expect(upstream.requests.at(-1)?.body.toString()).toContain("a\\u0000b");
  });

  it("D83 prototypes are not touched", async () => {
    const evil = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},';
    const answer = await post(dialect, JSON.stringify(bodyOf(dialect)).replace("{", `{${evil}`));
    expect([200, 400]).toContain(answer.status);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([
    ["twenty megabytes", "image/png", Buffer.alloc(15_000_000, 7)],
    ["a header that claims 50,000 by 50,000 pixels", "image/png", HUGE_PNG],
    ["a drawing with a script", "image/svg+xml", Buffer.from("<svg><script>alert(1)</script></svg>")],
    ["what is none", "image/png", Buffer.from("<html>")],
  ])("D98 an image of %s is passed on as it is: nobody here looks at pixels", async (_name, mediaType, image) => {
    const data = image.toString("base64");
    const { request, inline } = DIALECTS[dialect];
    const answer = await post(dialect, JSON.stringify(request("watched", [inline(mediaType, data)]).body));
    expect(answer.status, answer.text).toBe(200);
    expect(upstream.requests.at(-1)?.body.includes(data)).toBe(true);
  });

  it("D96 what looks like an event stays inside one string", async () => {
    const evil = '\n\ndata: {"evil":1}\n\nevent: error\r\rdata: x';
    const { path } = DIALECTS[dialect].request("sandbox/echo", []);
    const body = bodyOf(dialect, dialect === "gemini" ? {} : { model: "sandbox/echo", stream: true }, evil);
    const reply = await fetch(gateway.url + path.replace(":generateContent", ":streamGenerateContent?alt=sse"), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
      body: JSON.stringify(body),
    });
    expect(reply.status).toBe(200);
    const lines = (await reply.text()).split(/\r\n|\n|\r/);
    for (const line of lines) expect(line === "" || line.startsWith("data: ") || line.startsWith("event: ")).toBe(true);
    expect(lines).not.toContain('data: {"evil":1}');
    expect(lines).not.toContain("event: error");
  });

  it.each([
    ["x-farthing-strict", "maybe"],
    ["x-farthing-usage", "everything"],
  ])("our own header %s: %s", async (name, value) => {
    const answer = await post(dialect, JSON.stringify(bodyOf(dialect)), { headers: { [name]: value } });
    await expectRefused(dialect, answer, name);
  });
});

/** Names that stand in the body in three dialects, and in the path of the fourth. */
describe.each(PROTOCOL_IDS.filter((id) => id !== "gemini"))("%s", (dialect) => {
  it.each([
    ["D80", "a lone surrogate", '"wat\\ud800"'],
    ["D81", "a NUL", '"watched\\u0000"'],
    ["D88", "a line break", '"watched\\r\\nx-evil: y"'],
    ["D85", "a megabyte", `"${"m".repeat(1_000_000)}"`],
    ["D85", "no string", "7"],
    ["D85", "nothing", '""'],
    ["D85", "null", "null"],
  ])("%s a model's name with %s", async (_id, _name, raw) => {
    await expectRefused(dialect, await post(dialect, withRaw(dialect, "model", raw)), "model");
  });

  it.each(["Watched", "watched ", "w\u0430tched", "watch\u200bed", "WATCHED", "watched\u00ad"])(
    "D95 %j is not the model",
    async (model) => {
      const answer = await post(dialect, JSON.stringify(bodyOf(dialect, { model })));
      expect([400, 404]).toContain(answer.status);
      expect(answer.called).toBe(0);
    },
  );
});

it.each([
  ["openai-chat", "n", "1000000000"],
  ["openai-chat", "n", "0"],
  ["openai-chat", "n", "-1"],
  ["openai-chat", "n", '"2"'],
  ["gemini", "candidateCount", "1000000000"],
] as const)("D85 %s: %s of %s", async (dialect, name, raw) => {
  const answer = await post(dialect, withRaw(dialect, name, raw));
  await expectRefused(dialect, answer, name);
  expect(answer.called).toBe(0);
});

describe("D89 a model's name in the path", () => {
  const ask = (path: string): Promise<Answer> => post("gemini", JSON.stringify(bodyOf("gemini")), { path });

  it.each([
    "/v1beta/models/..%2f..%2fx:generateContent",
    "/v1beta/models/%2e%2e/watched:generateContent",
    "/v1beta/models/watched%00:generateContent",
    "/v1beta/models/watched%0d%0ax:generateContent",
    "/v1beta/models/%ff:generateContent",
    "/v1beta/models/:generateContent",
    "/v1beta/models/watched:",
    "/v1beta/models/watched::generateContent",
    "/v1beta/models/watched:generateContent:countTokens",
    "/v1beta/models/watched:deleteEverything",
    "/v1beta/models/watched:__proto__",
    `/v1beta/models/${"m".repeat(5_000)}:generateContent`,
  ])("%s leads nowhere", async (path) => {
    const answer = await ask(path);
    expect([400, 404, 405], answer.text).toContain(answer.status);
    expect(answer.called).toBe(0);
    expect(JSON.parse(answer.text)).toHaveProperty("error");
  });

  it("the provider's path is built of the route, not of the request", async () => {
    expect((await ask("/v1beta/models/watched:generateContent?x=../../y")).status).toBe(200);
    expect(upstream.requests.at(-1)?.path).toBe("/v1/chat/completions");
  });
});

describe("D88 headers and fields that go on to a provider", () => {
  it.each([
    ["anthropic-version", "2023-06-01\u00e9"],
    ["anthropic-beta", "x\u00ff"],
  ])("%s with a letter that no header may have", async (name, value) => {
    const answer = await post("anthropic", JSON.stringify(bodyOf("anthropic")), { headers: { [name]: value } });
    expect([200, 400]).toContain(answer.status);
    for (const { headers } of upstream.requests) expect(JSON.stringify(headers)).not.toContain(value);
  });

  it("line breaks in user and metadata stay in the body", async () => {
    const fields = { user: "a\r\nx-evil: 1", metadata: { k: "b\r\nx-evil: 1" } };
    const answer = await post("openai-chat", JSON.stringify(bodyOf("openai-chat", fields)));
    expect(answer.status).toBe(200);
    expect(upstream.requests.at(-1)?.headers).not.toHaveProperty("x-evil");
  });
});

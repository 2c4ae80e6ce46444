/** `POST /v1/completions`: the official SDK onto models of every protocol, and onto servers that only complete. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";
import { echoOf, PROTOCOL_IDS, startFourUpstreams } from "./upstream/four-upstreams.ts";
import { json } from "./upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "./upstream/scripted-upstream.ts";

const NATIVE = "lab-completes";
const PROMPT = "Say this is a test";

let upstream: ScriptedUpstream;
let four: TestGateway;
let gateway: TestGateway;

const clientOf = ({ url, key }: TestGateway): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  four = await startFourUpstreams();
  gateway = await startTestGateway({
    config: {
      upstreams: [{ id: "lab", provider: "openai-completions-compatible", baseUrl: upstream.baseUrl, apiKey: "k" }],
      models: [
        {
          id: NATIVE,
          kind: "chat",
          context: 100_000,
          maxOutput: 4_096,
          prices: { input: "1", output: "2" },
          routes: [{ upstream: "lab", model: "lab-1" }],
        },
      ],
    },
  });
});
afterAll(async () => {
  await four.close();
  await gateway.close();
  await upstream.close();
});

describe.each(PROTOCOL_IDS)("onto %s", (protocol) => {
  const model = echoOf(protocol);
  let openai: OpenAI;
  beforeAll(() => {
    openai = clientOf(four);
  });

  it("completes a prompt", async () => {
    const { data, response } = await openai.completions
      .create({ model, prompt: PROMPT, max_tokens: 64 })
      .withResponse();
    expect(data).toMatchObject({
      object: "text_completion",
      model,
      choices: [{ text: PROMPT, index: 0, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    });
    expect(data.id).toMatch(/^cmpl-/);
    expect(response.headers.get("x-farthing-dropped")).toBeNull();
    expect(await four.row(response.headers.get("x-request-id") ?? "")).toMatchObject({ status: 200n });
  });

  it("streams, with usage at the end where it is asked for", async () => {
    const stream = await openai.completions.create({
      model,
      prompt: [PROMPT],
      max_tokens: 64,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    const finishes: (string | null)[] = [];
    let usage: OpenAI.CompletionUsage | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? "";
      finishes.push(...chunk.choices.map((choice) => choice.finish_reason));
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(PROMPT);
    expect(finishes.filter((finish) => finish !== null)).toEqual(["stop"]);
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 5 });
  });

  it("stops at the dialect's own cap where none was given, and echoes", async () => {
    const long = "word ".repeat(40).trim();
    const { choices, usage } = await openai.completions.create({ model, prompt: long, echo: true });
    expect(choices[0]?.finish_reason).toBe("length");
    expect(choices[0]?.text).toBe(long + long.slice(0, 64));
    expect(usage?.completion_tokens).toBe(16);
  });

  it("names what a conversation cannot carry, and refuses it where that was asked for", async () => {
    const body = {
      model,
      prompt: PROMPT,
      max_tokens: 64,
      n: 2,
      best_of: 3,
      logprobs: 1,
      suffix: "end",
      logit_bias: { 5: 1 },
    };
    const { data, response } = await openai.completions.create(body).withResponse();
    expect(data.choices).toHaveLength(1);
    const dropped = (response.headers.get("x-farthing-dropped") ?? "").split(/,\s*/);
    expect(dropped).toEqual(expect.arrayContaining(["n", "best_of", "logprobs", "suffix", "logit_bias"]));
    await expect(openai.completions.create(body, { headers: { "x-farthing-strict": "true" } })).rejects.toMatchObject({
      status: 400,
      param: "n",
    });
  });

  it.each([
    ["token ids", [1, 2, 3], /token ids/],
    ["lists of token ids", [[1, 2], [3]], /token ids/],
    ["several prompts", ["a", "b"], /one prompt/],
  ])("refuses %s, and charges nothing", async (_name, prompt, message) => {
    const before = four.balance();
    await expect(openai.completions.create({ model, prompt })).rejects.toMatchObject({
      status: 400,
      param: "prompt",
      message: expect.stringMatching(message) as string,
    });
    expect(four.balance()).toBe(before);
  });
});

it.each([
  ["nothing", {}, "prompt"],
  ["null", { prompt: null }, "prompt"],
  ["an empty list", { prompt: [] }, "prompt"],
  ["a number", { prompt: 5 }, "prompt"],
  ["best_of below n", { prompt: "p", n: 3, best_of: 2 }, "best_of"],
  ["best_of in a stream", { prompt: "p", best_of: 2, stream: true }, "best_of"],
  ["too many replies", { prompt: ["a", "b"], n: 65 }, "prompt"],
  ["no cap at all", { prompt: "p", max_tokens: 0 }, "max_tokens"],
  ["a number as suffix", { prompt: "p", suffix: 1 }, "suffix"],
  ["too many log probabilities", { prompt: "p", logprobs: 6 }, "logprobs"],
])("refuses %s", async (_name, body, param) => {
  const response = await fetch(`${gateway.url}/v1/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "gpt-4o", ...body }),
  });
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: object }).error).toMatchObject({ type: "invalid_request_error", param });
});

it("names what it heard and has no place for", async () => {
  const ask = { model: "sandbox/thinking", prompt: PROMPT, max_tokens: 500 };
  const { data, response } = await clientOf(gateway).completions.create(ask).withResponse();
  expect(data.choices[0]?.text).toBe(PROMPT);
  expect(response.headers.get("x-farthing-dropped")).toBe("thinking");
});

describe("onto a server that only completes", () => {
  let openai: OpenAI;
  beforeAll(() => {
    openai = clientOf(gateway);
  });

  const reply = {
    id: "cmpl-1",
    object: "text_completion",
    created: 1,
    model: "lab-1",
    choices: [0, 1].map((index) => ({ text: "ok", index, logprobs: null, finish_reason: "length" })),
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  };

  it("passes everything through: token ids, several replies, log probabilities", async () => {
    upstream.clear();
    upstream.next(json(reply));
    const sent = { model: NATIVE, prompt: [1, 2, 3], n: 2, logprobs: 2, suffix: "s" };
    const { data, response } = await openai.completions.create(sent).withResponse();
    expect(data).toEqual({ ...reply, model: NATIVE, usage: expect.objectContaining(reply.usage) as object });
    const [request] = upstream.requests;
    expect(request?.path).toBe("/completions");
    // The dialect's own cap is said aloud: not every server has it, and it is what is held.
    expect(JSON.parse(request?.body.toString() ?? "")).toEqual({ ...sent, model: "lab-1", max_tokens: 16 });
    // 3 tokens in at $1 and 4 out at $2 per million.
    expect(await gateway.row(response.headers.get("x-request-id") ?? "")).toMatchObject({ posted: 11_000n });
  });

  it("tells who talks to it which route serves it", async () => {
    upstream.clear();
    const before = gateway.balance();
    const talk = openai.chat.completions.create({ model: NATIVE, messages: [{ role: "user", content: "hi" }] });
    await expect(talk).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("/v1/completions") as string,
    });
    expect([upstream.requests.length, gateway.balance()]).toEqual([0, before]);
  });
});

it("ends a stream that failed with an error in its own words, and charges nothing", async () => {
  const before = gateway.balance();
  const response = await fetch(`${gateway.url}/v1/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "sandbox/upstream-error-event", prompt: "one two three four five", stream: true }),
  });
  const frames = (await response.text()).split("\n\n").filter((frame) => frame !== "");
  const last = JSON.parse(frames.at(-1)?.slice("data: ".length) ?? "") as object;
  expect(response.status).toBe(200);
  expect(last).toMatchObject({
    object: "text_completion",
    choices: [{ text: "", index: 0, finish_reason: "error" }],
    error: { type: "server_error", code: "upstream_stream_error" },
  });
  expect(gateway.balance()).toBe(before);
});

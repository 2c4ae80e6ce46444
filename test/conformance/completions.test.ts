/**
 * Every recorded legacy completion, replayed through the gateway: bytes equal but for the model's name and the usage frame that was
 * not asked for, usage as the provider counted it (I-17, I-39), errors as catalogue rows with nothing of the provider's text.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { CORPUS, hasCorpus, MANIFEST, mustHave } from "../../src/protocols/fixtures/wire.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { recorded } from "../upstream/replay-upstream.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";
import { framesOf, parse, type Exchange } from "./corpus.ts";

type Loose = Record<string, ReturnType<JSON["parse"]>>;

interface Row {
  readonly file: string;
  readonly protocol: string;
}

const rows = mustHave(
  "legacy completion",
  (hasCorpus ? (JSON.parse(readFileSync(MANIFEST, "utf8")) as Row[]) : [])
    .filter(({ protocol }) => protocol === "openai.completions")
    .map(({ file }) => [file, JSON.parse(readFileSync(path.join(CORPUS, file), "utf8")) as Exchange] as const),
);
const good = mustHave(
  "completion that succeeded",
  rows.filter(([, { response }]) => response.status === 200),
);
const failed = mustHave(
  "completion that failed",
  rows.filter(([, { response }]) => response.status !== 200),
);

const MODEL = "recorded";
/** Seed of the places where recorded bodies are cut. */
const PIECES = 7;

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startTestGateway({
    config: {
      upstreams: [{ id: "replay", provider: "openai-completions-compatible", baseUrl: upstream.baseUrl, apiKey: "k" }],
      models: [
        {
          id: MODEL,
          kind: "chat",
          context: 200_000,
          maxOutput: 16_000,
          prices: { input: "1", output: "2" },
          routes: [{ upstream: "replay", model: "recorded-1" }],
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const post = (body: object): Promise<Response> =>
  fetch(`${gateway.url}/v1/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** The usage that a recording reports, or undefined. */
const usageIn = ({ response }: Exchange): Loose | undefined => {
  if (response.sse === undefined) return (response.body as Loose)["usage"];
  return framesOf(response.sse)
    .map(({ data }) => parse(data) as Loose | undefined)
    .findLast((chunk) => chunk?.["usage"])?.["usage"];
};

/** One recorder kept the wrong type of a stream. */
const typed = (exchange: Exchange): Exchange => {
  const { response } = exchange;
  if (response.sse === undefined) return exchange;
  return {
    ...exchange,
    response: { ...response, headers: { ...response.headers, "content-type": "text/event-stream" } },
  };
};

const renamed = (raw: string): string => raw.replace(/("model":\s*)"[^"]*"/, `$1"${MODEL}"`);

const ended = ({ response, request }: Exchange): string => {
  const asked = (request?.body?.["stream_options"] as Loose | undefined)?.["include_usage"] === true;
  return framesOf(response.sse ?? "")
    .filter(({ data }) => asked || (parse(data) as Loose | undefined)?.["choices"]?.length !== 0)
    .map(({ raw }) => renamed(raw))
    .join("");
};

describe.skipIf(rows.length === 0)("recorded completions", () => {
  it.each(good)("%s", async (_file, exchange) => {
    upstream.clear();
    upstream.next(recorded(typed(exchange), { seed: PIECES }));
    const reply = await post({ ...exchange.request?.body, model: MODEL, stream: exchange.response.sse !== undefined });
    const text = await reply.text();
    expect(reply.status).toBe(200);
    const usage = usageIn(exchange);
    const row = await gateway.row(reply.headers.get("x-request-id") ?? "");
    if (usage !== undefined)
      expect(row["posted"]).toBe(BigInt(usage["prompt_tokens"]) * 1_000n + BigInt(usage["completion_tokens"]) * 2_000n);
    else expect(row["posted"]).toBeGreaterThan(0n);
    if (exchange.response.sse === undefined)
      expect(JSON.parse(text)).toEqual({ ...(exchange.response.body as object), model: MODEL });
    else expect(text).toBe(ended(exchange));
  });

  it.each(failed)("%s, an error", async (_file, exchange) => {
    upstream.clear();
    upstream.next(recorded(typed(exchange), { seed: PIECES }));
    const { max_tokens: cap, ...body } = exchange.request?.body ?? {};
    const reply = await post({ ...body, ...(Number(cap) > 0 ? { max_tokens: cap } : {}), model: MODEL });
    const text = await reply.text();
    expect(reply.status).toBeGreaterThanOrEqual(400);
    const said = (exchange.response.body as Loose)["error"].message as string;
    expect(text).not.toContain(said);
    expect(await gateway.row(reply.headers.get("x-request-id") ?? "")).toMatchObject({ posted: 0n });
  });
});

/**
 * A task that an upstream refuses goes to the next one, if there surely is no job at the first; where there may be one, nobody else is
 * asked (decision 0042, I-54). Two providers of real HTTP; on both databases.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { unpackAttempts } from "../../src/attempt.ts";
import { runStatement } from "../../src/db/steps.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { startArkDouble, succeeded, type ArkDouble, type Scripted } from "./ark-double.ts";

const MODEL = "doubao-seedance-2-0-fast-260128";
const BODY = { model: MODEL, prompt: "Two cats", size: "16:9", duration: 5 };
const TASKS = "/v1/videos/generations";

let first: ArkDouble;
let second: ArkDouble;
let gateway: TestGateway;

beforeAll(async () => {
  [first, second] = await Promise.all([startArkDouble(), startArkDouble()]);
  const upstream = (id: string, baseUrl: string) => ({ id, provider: "bytedance", baseUrl, apiKey: `secret-${id}` });
  gateway = await startTestGateway({
    credit: "100",
    config: {
      upstreams: [upstream("dead", "http://127.0.0.1:9"), upstream("first", first.url), upstream("second", second.url)],
      models: [
        {
          id: MODEL,
          routes: [
            { upstream: "first", model: "m-1", priority: 1 },
            { upstream: "second", model: "m-2", priority: 2 },
          ],
        },
        {
          id: "doubao-seedance-2-0-260128",
          routes: [
            { upstream: "dead", model: "m-0", priority: 1 },
            { upstream: "second", model: "m-2", priority: 2 },
          ],
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  await first.close();
  await second.close();
});
beforeEach(() => {
  for (const double of [first, second]) {
    Object.assign(double.counts, { created: 0, refused: 0 });
    Object.assign(double, { refusal: null });
  }
});

interface Reply {
  readonly status: number;
  readonly body: { readonly id?: string; readonly error?: { readonly code: string; readonly message: string } };
}
const create = async (body: object = BODY): Promise<Reply> => {
  const reply = await fetch(gateway.url + TASKS, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: (await reply.json()) as Reply["body"] };
};

const newest = (): Record<string, unknown> =>
  gateway.query("select * from task order by id desc limit 1")[0] as Record<string, unknown>;
const leased = (): unknown =>
  gateway.query("select leased from account where id = ?", gateway.accountId)[0]?.["leased"];
const told = (status: number, code: string): Scripted => ({ status, body: { error: { code, message: "host-7" } } });

describe("where there surely is no job", () => {
  it.each<[string, Scripted]>([
    ["a rate", told(429, "RateLimitExceeded.EndpointRPMExceeded")],
    ["a credential", told(401, "AuthenticationError")],
    ["a balance", told(403, "AccountOverdueError")],
    ["a model that is not opened", told(404, "ModelNotOpen")],
  ])("the next upstream takes what %s refused, and the row says where it is", async (_name, refusal) => {
    first.refusal = refusal;
    const { status } = await create();
    expect([status, first.counts.refused, second.counts.created]).toEqual([200, 1, 1]);
    expect(newest()).toMatchObject({ upstream: "second", upstream_model: "m-2", state: "queued" });
  });

  it("one that cannot be reached is passed by", async () => {
    expect((await create({ ...BODY, model: "doubao-seedance-2-0-260128" })).status).toBe(200);
    expect(newest()).toMatchObject({ upstream: "second", state: "queued" });
  });

  it("all of them refuse: the last one's error, no charge, nothing held for it", async () => {
    const before = leased();
    first.refusal = told(403, "AccountOverdueError");
    second.refusal = told(429, "ModelAccountRpmRateLimitExceeded");
    const { status, body } = await create();
    expect([status, body.error?.code]).toEqual([503, "overloaded"]);
    expect(JSON.stringify(body)).not.toContain("host-7");
    expect([first.counts.refused, second.counts.refused, leased()]).toEqual([1, 1, before]);
    const [row] = gateway.query("select attempts, posted, model from request order by id desc limit 1");
    const attempts = unpackAttempts(String(row?.["attempts"]), String(row?.["model"]));
    expect(attempts.map(({ upstream, status: answered }) => [upstream, answered])).toEqual([
      ["first", 403],
      ["second", 429],
    ]);
    expect(row?.["posted"]).toBe(0n);
  });
});

describe("where there may be a job, or another would say the same", () => {
  it.each<[string, Scripted, number, string | null]>([
    ["a request that is wrong", told(400, "InvalidParameter"), 400, "failed"],
    ["what it shows", told(400, "InputTextSensitiveContentDetected"), 400, "failed"],
    ["a failure of the provider's own", told(500, "InternalServiceError"), 200, "submitting"],
    ["a connection that broke after the request was sent", "cut", 200, "submitting"],
  ])("nobody else is asked: %s", async (_name, refusal, status, state) => {
    first.refusal = refusal;
    expect((await create()).status).toBe(status);
    expect(second.counts).toMatchObject({ created: 0, refused: 0 });
    expect(newest()).toMatchObject({ upstream: "first", state });
  });
});

it("is charged once, and the charge's row has both attempts", async () => {
  first.refusal = told(429, "QuotaExceeded");
  second.script = () => succeeded("https://videos.example/1.mp4", 108_900);
  const { body } = await create();
  const id = `req_${(body.id ?? "").slice("task_".length)}`;
  await runStatement(gateway.server.database, "update task set due_at = 0 where finished_at is null");
  const row = await gateway.row(id);
  expect(row["posted"]).toBe(609_840_000n);
  expect(unpackAttempts(String(row["attempts"]), MODEL).map(({ upstream, result }) => [upstream, result])).toEqual([
    ["first", "overloaded"],
    ["second", "ok"],
  ]);
});

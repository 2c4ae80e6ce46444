/** Group D of the fault matrix: bad input gets a clear error in the caller's dialect, costs nothing and breaks nothing. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { audit } from "../../src/ledger/audit-store.ts";
import { mintKey } from "../../src/keys/key.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(async () => {
  expect(audit(gateway.server.database).disagreements).toEqual([]);
  expect(gateway.server.books.open().count).toBe(0);
  await gateway.close();
});

type Dialect = "openai" | "anthropic";
const PATHS = { openai: "/v1/chat/completions", anthropic: "/v1/messages" } as const;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly code: string;
}

const post = async (
  dialect: Dialect,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const reply = await fetch(gateway.url + PATHS[dialect], {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}`, ...headers },
    body: body as never,
  });
  const text = await reply.text();
  const parsed = JSON.parse(text) as { error?: { code?: string; type?: string } };
  const code = (dialect === "openai" ? parsed.error?.code : parsed.error?.type) ?? "";
  return { status: reply.status, text, headers: reply.headers, code };
};

const chat = (fields: object): string =>
  JSON.stringify({ model: "sandbox/echo", max_tokens: 50, messages: [{ role: "user", content: "hi" }], ...fields });
/** A body with one member given as raw JSON text, for what no value can express. */
const raw = (member: string): string =>
  `{"model":"sandbox/echo","messages":[{"role":"user","content":"hi"}],${member}${member.includes("max_tokens") ? "" : ',"max_tokens":50'}}`;

const both = ["openai", "anthropic"] as const;

describe.each(both)("%s", (dialect) => {
  const invalid = dialect === "openai" ? null : "invalid_request_error";

  it.each<[string, string, string | Uint8Array, string]>([
    ["D75", "a million brackets", `{"messages":${"[".repeat(1_000_000)}`, "json_too_complex"],
    ["D75", "a million brackets and nothing else", "[".repeat(1_000_000), "invalid_json"],
    ["D75", "a hundred thousand objects", '{"a":'.repeat(100_000), "json_too_complex"],
    ["D76", "24 MB of empty objects", `{"messages":[${"{},".repeat(8_000_000)}{}]}`, "json_too_complex"],
    ["D76", "ten million small integers", `{"messages":[${"1,".repeat(10_000_000)}1]}`, "json_too_complex"],
    ["D79", "bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), "invalid_utf8"],
    [
      "D79",
      "an overlong encoding",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      "invalid_utf8",
    ],
    [
      "D79",
      "an encoded surrogate",
      Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]),
      "invalid_utf8",
    ],
    ["D82", "two models", '{"model":"cheap","model":"dear","messages":[]}', "duplicate_key"],
    ["D82", "two models, one escaped", '{"model":"cheap","mod\\u0065l":"dear","messages":[]}', "duplicate_key"],
    ["D86", "nothing", "", "invalid_json"],
    ["D86", "null", "null", "invalid_json"],
    ["D86", "a list", "[]", "invalid_json"],
    ["D86", "a string", '"x"', "invalid_json"],
    ["D86", "two documents", "{}{}", "invalid_json"],
    ["D86", "JSON5", "{model:'x'}", "invalid_json"],
    ["D86", "blanks only", " ".repeat(1_000_000), "invalid_json"],
  ])("%s %s", async (_id, _name, body, code) => {
    const answer = await post(dialect, body);
    expect(answer.status).toBe(400);
    expect(answer.code).toBe(invalid ?? code);
    expect(answer.headers.get("x-should-retry")).toBe("false");
  });

  it.each([["-1"], ["0"], ["1.5"], ['"5"'], ["1e21"], ["1e400"], ["-0"], ["true"], ["[]"], ["{}"]])(
    "D84 max_tokens %s",
    async (value) => {
      const answer = await post(dialect, raw(`"max_tokens":${value}`));
      expect(answer.status).toBe(400);
      expect(answer.text).toContain("max_tokens");
    },
  );

  it.each([
    ["temperature", "1e309"],
    ["temperature", '"hot"'],
    ["top_p", "true"],
    ["stream", '"yes"'],
  ])("D84 %s %s", async (name, value) => {
    const answer = await post(dialect, raw(`"${name}":${value}`));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(name);
  });

  it.each([
    ["D80", "a lone surrogate", '"model":"gpt-\\ud800"'],
    ["D81", "a NUL", '"model":"gpt\\u0000"'],
    ["D88", "a line break", '"model":"gpt\\r\\nx: y"'],
    ["D85", "a megabyte", `"model":"${"m".repeat(1_000_000)}"`],
    ["D85", "no string", '"model":7'],
  ])("%s model with %s", async (_id, _name, member) => {
    const answer = await post(dialect, `{${member},"max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`);
    expect(answer.status).toBe(400);
    expect(answer.text.length).toBeLessThan(1_000);
  });

  it("D80 a lone surrogate in text is let through", async () => {
    const answer = await post(dialect, raw('"x":1').replace('"hi"', '"a\\ud800b"'));
    expect(answer.status).toBe(200);
  });

  it("D83 prototypes are not touched", async () => {
    const answer = await post(
      dialect,
      raw('"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}'),
    );
    expect(answer.status).toBe(200);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it.each([["gzip"], ["br"], ["zstd"], ["deflate"], ["gzip, gzip"]])(
    "D77 D78 content-encoding %s",
    async (encoding) => {
      const answer = await post(dialect, chat({}), { "content-encoding": encoding });
      expect(answer.status).toBe(415);
      expect(answer.headers.get("accept-encoding")).toBe("identity");
    },
  );

  it.each([["text/plain"], ["multipart/form-data; boundary=x"], ["application/json; charset=utf-16"]])(
    "D87 content-type %s",
    async (type) => {
      expect((await post(dialect, chat({}), { "content-type": type })).status).toBe(415);
    },
  );

  it("D96 what looks like an event stays inside one string", async () => {
    const evil = '\n\ndata: {"evil":1}\n\nevent: error\r\rdata: x';
    const reply = await fetch(gateway.url + PATHS[dialect], {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": gateway.key },
      body: chat({ stream: true, messages: [{ role: "user", content: evil }] }),
    });
    const lines = (await reply.text()).split(/\r\n|\n|\r/);
    for (const line of lines) expect(line === "" || line.startsWith("data: ") || line.startsWith("event: ")).toBe(true);
    expect(lines).not.toContain('data: {"evil":1}');
    expect(lines).not.toContain("event: error");
  });

  it("D95 look-alike names are not the model", async () => {
    for (const model of ["Sandbox/echo", "sandbox/echo ", "sandbox/eсho", "sandbox/\u200becho"]) {
      const answer = await post(dialect, chat({ model }));
      expect([400, 404]).toContain(answer.status);
    }
  });
});

describe("D90 credentials", () => {
  const ask = async (headers: Record<string, string>, query = ""): Promise<number> => {
    const reply = await fetch(`${gateway.url}/v1/models${query}`, { headers });
    await reply.arrayBuffer();
    return reply.status;
  };

  it("takes the key wherever a client puts it", async () => {
    expect(await ask({ authorization: `Bearer ${gateway.key}` })).toBe(200);
    expect(await ask({ authorization: `bearer ${gateway.key}` })).toBe(200);
    expect(await ask({ "x-api-key": gateway.key })).toBe(200);
    expect(await ask({ "x-goog-api-key": gateway.key })).toBe(200);
    expect(await ask({}, `?key=${gateway.key}`)).toBe(200);
  });

  it("refuses two different ones, and none", async () => {
    expect(await ask({ authorization: `Bearer ${gateway.key}`, "x-api-key": `${gateway.key}x` })).toBe(401);
    expect(await ask({ authorization: `Bearer ${gateway.key}`, "x-api-key": gateway.key })).toBe(200);
    expect(await ask({})).toBe(401);
    expect(await ask({ "x-api-key": "" })).toBe(401);
    expect(await ask({ authorization: "Bearer" })).toBe(401);
  });

  it.each([
    ["SQL", "' OR 1=1--"],
    ["a bad check", "sk-far-000000000000000000000000000000000000"],
    ["a good check of a key that does not exist", mintKey({ prefix: "sk-far-" })],
  ])("D91 %s is the same 401", async (_name, key) => {
    const answer = await post("openai", chat({}), { authorization: `Bearer ${key}` });
    expect(answer.status).toBe(401);
    expect(answer.code).toBe("invalid_api_key");
    expect(answer.headers.get("x-should-retry")).toBe("false");
  });
});

it("keeps 402 exact: balance, required and affordable max_tokens are in the error", async () => {
  const poor = await startTestGateway({ credit: "0.0001" });
  try {
    const body = { model: "sandbox/echo", max_tokens: 4000, messages: [{ role: "user", content: "x".repeat(500) }] };
    const reply = await fetch(`${poor.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${poor.key}` },
      body: JSON.stringify(body),
    });
    expect(reply.status).toBe(402);
    const { error } = (await reply.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({
      type: "insufficient_quota",
      code: "insufficient_balance",
      param: null,
      balance: "0.0001",
    });
    expect(Number(error["required"])).toBeGreaterThan(0.0001);
    expect(error["affordable_max_tokens"]).toBe(0);
  } finally {
    await poor.close();
  }
});

/** `GET /v1/models/info`: what each model is and takes, its prices under the key's own plan, and what the tests measured of dialects. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { loadFidelity } from "../src/catalog/fidelity.ts";
import { loadCatalog } from "../src/catalog/load.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";

type Loose = Record<string, ReturnType<JSON["parse"]>>;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    config: {
      storefront: { mounts: ["", "/api"], unit: { name: "credits", per: "usd", rate: "0.5" } },
      plans: [{ id: "basic", discount: "70%", rpm: 200, tpm: 1_000_000, default: true }],
      upstreams: [
        { id: "one", provider: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: "secret-credential" },
        { id: "two", provider: "anthropic-compatible", baseUrl: "http://127.0.0.1:9", apiKey: "secret-credential" },
      ],
      models: [
        {
          id: "mixed",
          kind: "chat",
          context: 1_000,
          maxOutput: 100,
          prices: { input: "0.000000001", output: "10", web_search: "10000" },
          routes: [
            { upstream: "one", model: "secret-name" },
            { upstream: "two", model: "secret-name" },
          ],
        },
      ],
    },
  });
});
afterAll(() => gateway.close());

const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(gateway.url + path, { headers: { authorization: `Bearer ${gateway.key}`, ...headers } });
  return { status: response.status, body: (await response.json()) as Loose };
};

describe("GET /v1/models/info", () => {
  it.each(["/v1/models/info", "/api/v1/models/info", "/v1/v1/models/info"])(
    "lists every callable model at %s",
    async (path) => {
      const [{ status, body }, models] = await Promise.all([get(path), get("/v1/models")]);
      expect(status).toBe(200);
      const ids = (list: Loose): string[] => list["data"].map((model: Loose) => model["id"]);
      expect(ids(body)).toEqual(ids(models.body));
      for (const model of body["data"]) {
        expect(model.vision, model.id).toEqual(expect.any(Boolean));
        expect([model.context === null || model.context > 0, model.max_output !== 0], model.id).toEqual([true, true]);
        const { rates, variants } = model.prices;
        expect(Object.keys(rates).length + variants.length, model.id).toBeGreaterThan(0);
        // Every dialect of every model was measured.
        for (const dialect of Object.values<Loose>(model.dialects))
          expect([dialect["requests"], dialect["replies"]], model.id).not.toContain(null);
      }
    },
  );

  it("tells what a model takes, as its catalogue file does", async () => {
    const { body } = await get("/v1/models/info/claude-sonnet-4-6");
    const entry = loadCatalog().get("claude-sonnet-4-6");
    expect(body).toMatchObject({
      id: "claude-sonnet-4-6",
      object: "model.info",
      kind: "chat",
      context: entry?.context,
      max_output: entry?.maxOutput,
      vision: true,
      thinking: true,
      tools: true,
      structured_output: true,
      limits: { account: { rpm: 200, tpm: 1_000_000 } },
    });
  });

  it("tells prices under the key's own plan, exactly, in the storefront's unit", async () => {
    const { body } = await get("/v1/models/info/mixed");
    expect(body["prices"]).toMatchObject({ unit: "credits", plan: "basic", per: { tokens: 1_000_000, others: 1 } });
    // 70 % off, half a credit per dollar; searches by the piece.
    expect(body["prices"].rates).toMatchObject({ input: "0.00000000015", output: "1.5", web_search: "0.0015" });
    expect(body["prices"].list).toMatchObject({ input: "0.0000000005", output: "5", web_search: "0.005" });
  });

  it("publishes what the tests measured, the worst of the providers that may be asked, and names none of them", async () => {
    const { body } = await get("/v1/models/info/mixed");
    const { requests } = loadFidelity();
    expect(requests["openai-chat"]?.chat.carried).toContain("seed");
    expect(requests["anthropic"]?.chat.named).toContain("seed");
    expect(body["dialects"].chat.requests.named).toContain("seed");
    expect(body["dialects"].chat.requests.carried).toContain("tools");
    expect(body["dialects"].chat.route).toBe("/v1/chat/completions");
    for (const secret of ["secret-name", "secret-credential", "127.0.0.1"])
      expect(JSON.stringify(body)).not.toContain(secret);
  });

  it("comes in pages that are together the whole list, each entry as it stands there", async () => {
    const whole = (await get("/v1/models/info")).body;
    expect([whole["has_more"], whole["last_id"]]).toEqual([false, whole["data"].at(-1).id]);
    const paged: Loose[] = [];
    for (let after = ""; ;) {
      const { body } = await get(`/v1/models/info?limit=50${after}`);
      expect(body["data"].length).toBeLessThanOrEqual(50);
      paged.push(...body["data"]);
      if (body["has_more"] !== true) break;
      after = `&after=${encodeURIComponent(body["last_id"])}`;
    }
    expect(paged).toEqual(whole["data"]);
  });

  it("leaves what is asked for, and the dialects where they are not wanted", async () => {
    const { data } = (await get("/v1/models/info")).body as { data: Loose[] };
    const { body } = await get("/v1/models/info?kind=video&dialects=false");
    const plain = data.map(({ dialects: _dialects, ...others }) => others);
    expect(body["data"]).toEqual(plain.filter((model) => model["kind"] === "video"));
    expect(body["data"].length).toBeGreaterThan(3);
    const owned = (await get("/v1/models/info?owned_by=bytedance&kind=video&limit=1")).body;
    expect(owned["data"]).toMatchObject([{ owned_by: "bytedance", kind: "video", dialects: {} }]);
    expect(owned["has_more"]).toBe(true);
    expect(JSON.stringify((await get("/v1/models/info?dialects=false")).body).length).toBeLessThan(
      JSON.stringify(data).length / 2,
    );
    expect((await get("/v1/models/info?owned_by=nobody")).body).toMatchObject({ data: [], has_more: false });
    expect((await get("/v1/models/info/mixed?dialects=false")).body["dialects"]).toBeUndefined();
  });

  it.each([
    ["limit", "0"],
    ["limit", "1001"],
    ["limit", "1e2"],
    ["limit", ""],
    ["after", "nobody"],
    ["after", ""],
    ["kind", "smell"],
    ["owned_by", "x".repeat(257)],
    ["dialects", "no"],
  ])("400 for %s=%s, which names the parameter", async (name, value) => {
    const { status, body } = await get(`/v1/models/info?${name}=${value}`);
    expect([status, body["error"].code, body["error"].param]).toEqual([400, "invalid_value", name]);
  });

  it.each([
    ["an alias", "nano-banana-pro", 200, undefined],
    ["an unknown model", "nobody", 404, "model_not_found"],
    ["a retired model", "claude-3-haiku", 404, "model_retired"],
  ])("answers %s", async (_name, id, status, code) => {
    const reply = await get(`/v1/models/info/${id}`);
    expect([reply.status, reply.body["error"]?.code]).toEqual([status, code]);
  });

  it("wants a key", async () => {
    expect((await get("/v1/models/info", { authorization: "Bearer nobody" })).status).toBe(401);
  });
});

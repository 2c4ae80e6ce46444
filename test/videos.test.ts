/** Video tasks through HTTP, on the sandbox: every format and route, what is charged, and what nobody else may see (I-50 … I-55). */
import { createHash, createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";

import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";
import { provision } from "./provision.ts";
import { startStorefront, type Preset } from "./storefronts/storefront.ts";

let gateway: TestGateway;

/** Every name is here. */
const loopback: LookupFunction = (_name, _options, found) => {
  found(null, [{ address: "127.0.0.1", family: 4 }]);
};

beforeAll(async () => {
  gateway = await startTestGateway({ credit: "100" });
});
afterAll(() => gateway.close());

const call = (method: string, path: string, body?: unknown, key = gateway.key): Promise<Response> =>
  fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

// oxlint-disable-next-line typescript/no-explicit-any -- whatever the gateway says is looked into
type Loose = Record<string, any>;
const json = async (reply: Response): Promise<Loose> => (await reply.json()) as Loose;

/** Asks for a video until it has ended. */
const ended = async (path: string): Promise<Loose> => {
  for (let tries = 0; tries < 200; tries++) {
    const task = await json(await call("GET", path));
    if (!["queued", "processing", "in_progress"].includes(task["status"] as string)) return task;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${path} does not end`);
};

const create = async (body: Loose, path = "/v1/videos/generations"): Promise<Loose> => {
  const reply = await call("POST", path, body);
  const made = await json(reply);
  expect(reply.status, JSON.stringify(made)).toBe(200);
  return made;
};

describe("the flat form", () => {
  it("is held by the worst case, charged by the usage in cents, and downloaded by its owner", async () => {
    const before = gateway.balance();
    const made = await create({ model: "sandbox/video", prompt: "Two cats", size: "9:16", duration: -1 });
    expect(made).toMatchObject({ status: "queued", object: "video", model: "sandbox/video", url: null });
    const leased = () =>
      gateway.query("select leased from account where id = ?", gateway.accountId)[0]?.["leased"] as bigint;
    // 15 s at 720p are at most 327,859 tokens: $1.6393, in cents rounded up.
    expect(leased()).toBe(1_640_000_000n);
    const done = await ended(`/v1/video/generations/${made["id"]}`);
    // 6 s as the sandbox chose: 145 frames of 921,600 pixels.
    expect(done).toMatchObject({ status: "succeeded", duration: 6, data: { status: "SUCCESS", progress: "100%" } });
    expect(done["usage"]).toEqual({ completion_tokens: 130_500, total_tokens: 130_500, cost: "0.65" });
    expect(before - gateway.balance()).toBe(650_000_000n);
    const film = await fetch(done["url"] as string, { headers: { authorization: `Bearer ${gateway.key}` } });
    expect(film.headers.get("content-type")).toBe("video/mp4");
    const bytes = Buffer.from(await film.arrayBuffer());
    expect(bytes.toString("latin1", 4, 12)).toBe("ftypisom");
    const part = await fetch(done["url"] as string, {
      headers: { authorization: `Bearer ${gateway.key}`, range: "bytes=4-7" },
    });
    expect([part.status, await part.text()]).toEqual([206, "ftyp"]);
    expect(JSON.stringify(done)).not.toContain("/films/");
  });

  it.each([
    "/v1/videos/generations",
    "/video/v1/video/generations",
    "/v1/video/generations",
    "/v1/video/video/generations",
    "/v1/v1/videos/generations",
    "/video/generations",
  ])("is taken at %s", async (path) => {
    const made = await create({ model: "sandbox/video-failed", prompt: "a", seconds: "4" }, path);
    expect(made["task_id"]).toBe(made["id"]);
  });

  it.each([
    ["video-failed", "failed", "upstream_failed"],
    ["video-moderated", "failed", "content_policy"],
    ["video-expired", "expired", "upstream_timeout"],
  ])("sandbox/%s ends %s and costs nothing", async (model, status, code) => {
    const before = gateway.balance();
    const made = await create({ model: `sandbox/${model}`, prompt: "a" });
    expect(await ended(`/v1/videos/generations/${made["id"]}`)).toMatchObject({ status, error: { code }, url: null });
    expect(gateway.balance()).toBe(before);
    // Those of the tests before have ended by then as well.
    const leased = () => gateway.query("select leased from account where id = ?", gateway.accountId)[0]?.["leased"];
    await expect.poll(leased, { timeout: 10_000 }).toBe(0n);
  });

  it("a success without usage is charged by an estimate and says so", async () => {
    const made = await create({ model: "sandbox/video-no-usage", prompt: "a", duration: 4 });
    await ended(`/v1/videos/generations/${made["id"]}`);
    const row = await gateway.row(`req_${(made["id"] as string).slice("task_".length)}`);
    expect(row).toMatchObject({ outcome: "completed_no_usage", source: "estimated" });
    expect(row["posted"]).toBeGreaterThan(0n);
  });

  it("a task that waits is cancelled; one that runs is not", async () => {
    const made = await create({ model: "sandbox/video-stuck", prompt: "a" });
    const cancelled = await json(await call("POST", `/v1/videos/generations/${made["id"]}/cancel`));
    expect(cancelled).toMatchObject({ status: "cancelled", error: { code: "cancelled" } });
    const running = await create({ model: "sandbox/video-stuck", prompt: "a" });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect((await call("DELETE", `/v1/videos/generations/${running["id"]}`)).status).toBe(400);
  });

  it.each<[string, Loose, string]>([
    ["no model", { prompt: "a" }, "model"],
    ["no prompt", { model: "sandbox/video" }, "prompt"],
    ["a length that it cannot make", { model: "sandbox/video", prompt: "a", duration: 3 }, "duration"],
    ["a resolution without a price", { model: "sandbox/video", prompt: "a", size: "1080p" }, "resolution"],
    ["what costs and is not offered", { model: "sandbox/video", prompt: "a", metadata: { n: 2 } }, "n"],
    [
      "an address in a private network",
      { model: "sandbox/video", prompt: "a", image: "http://10.0.0.1/a.png" },
      "image",
    ],
    ["a webhook there", { model: "sandbox/video", prompt: "a", callback_url: "http://127.0.0.1/" }, "callback_url"],
    ["a chat model", { model: "sandbox/echo", prompt: "a" }, "model"],
  ])("%s is a 400 that names the field", async (_name, body, param) => {
    const reply = await call("POST", "/v1/videos/generations", body);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { param } });
  });

  it.each([
    ["video-refused", 400, "content_policy_violation"],
    ["video-busy", 503, undefined],
  ])("sandbox/%s is refused at once with %i, and nothing is held", async (model, status, code) => {
    const reply = await call("POST", "/v1/videos/generations", { model: `sandbox/${model}`, prompt: "a" });
    expect(reply.status).toBe(status);
    const text = await reply.text();
    expect(text).not.toContain("Request id");
    if (code !== undefined) expect(JSON.parse(text)).toMatchObject({ error: { code } });
  });
});

describe("OpenAI's format", () => {
  it("the SDK creates, waits, downloads, lists and deletes", async () => {
    const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.url}/v1` });
    const made = await client.videos.create({
      model: "sandbox/video",
      prompt: "A calm sea",
      seconds: "4",
      size: "1280x720",
    });
    expect(made).toMatchObject({ object: "video", status: "queued", seconds: "4", size: "1280x720", error: null });
    await ended(`/v1/videos/${made.id}`);
    const done = await client.videos.retrieve(made.id);
    expect(done).toMatchObject({ id: made.id, status: "completed", progress: 100 });
    const film = await client.videos.downloadContent(made.id);
    expect((await film.arrayBuffer()).byteLength).toBeGreaterThan(1_000);
    const ids: string[] = [];
    for await (const each of client.videos.list({ limit: 2 })) ids.push(each.id);
    expect(ids).toContain(made.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await client.videos.delete(made.id)).toEqual({ id: made.id, object: "video.deleted", deleted: true });
    await expect(client.videos.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  });
});

describe("other people", () => {
  it("I-55: neither the task nor its content is anybody else's", async () => {
    const made = await create({ model: "sandbox/video", prompt: "mine", duration: 4 });
    await ended(`/v1/videos/${made["id"]}`);
    const other = await provision(gateway.server, { credit: "1" });
    for (const path of ["", "/content"]) {
      expect((await fetch(`${gateway.url}/v1/videos/${made["id"]}${path}`)).status).toBe(401);
      const theirs = await call("GET", `/v1/videos/${made["id"]}${path}`, undefined, other.key);
      expect([theirs.status, await theirs.json()]).toMatchObject([404, { error: { message: "No such task." } }]);
    }
    expect((await call("DELETE", `/v1/videos/${made["id"]}`, undefined, other.key)).status).toBe(404);
    expect(await json(await call("GET", "/v1/videos", undefined, other.key))).toMatchObject({ data: [] });
    for (const id of ["task_nothing", `task_${"0".repeat(26)}`, "..%2f"])
      expect((await call("GET", `/v1/videos/${id}`)).status).toBe(404);
  });
});

describe("the Gemini API's own form", () => {
  it("begins an operation, tells of it, and gives the film", async () => {
    // As recorded of the API itself; its own SDK no longer calls it without a project of the cloud.
    const made = await create(
      { instances: [{ prompt: "A calm sea" }], parameters: { aspectRatio: "9:16", durationSeconds: 4 } },
      "/v1beta/models/veo-3.1:predictLongRunning",
    );
    const name = made["name"] as string;
    expect(name).toMatch(/^models\/veo-3\.1\/operations\/task_/);
    let operation = made;
    for (let tries = 0; tries < 200 && operation["done"] !== true; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      operation = await json(await call("GET", `/v1beta/${name}`));
    }
    const uri = operation["response"].generateVideoResponse.generatedSamples[0].video.uri as string;
    expect(uri).toContain(`${gateway.url}/v1beta/files/task_`);
    const film = await fetch(uri, { headers: { "x-goog-api-key": gateway.key } });
    expect(film.headers.get("content-type")).toBe("video/mp4");
    const foreign = await fetch(`${gateway.url}/v1beta/files/task_${"0".repeat(26)}:download`, {
      headers: { "x-goog-api-key": gateway.key },
    });
    expect(await foreign.json()).toMatchObject({ error: { code: 404, status: "NOT_FOUND" } });
    // 4 s at $0.40: Veo says nothing of its usage, and is billed by what was asked for.
    const row = await gateway.row(`req_${name.split("task_")[1] ?? ""}`);
    expect(row).toMatchObject({ posted: 1_600_000_000n, video_second: 4_000n, source: "reported" });
  });
});

describe("Happy Horse", () => {
  it("is charged by the second and the resolution; an edit by what goes in and what comes out", async () => {
    const text = await create({ model: "happyhorse-1.1-t2v", prompt: "A city", resolution: "720p", duration: 5 });
    const edit = await create({
      model: "happyhorse-1.0-video-edit",
      prompt: "Put on the sweater",
      video: "https://example.com/a.mp4",
      resolution: "720P",
    });
    expect(await ended(`/v1/videos/generations/${text["id"]}`)).toMatchObject({ usage: { seconds: 5, cost: "0.7" } });
    expect(await ended(`/v1/videos/generations/${edit["id"]}`)).toMatchObject({ usage: { seconds: 10, cost: "1.4" } });
  });
});

describe("money", () => {
  it("I-12: what is not covered is refused before anything is asked, with the amounts", async () => {
    const poor = await provision(gateway.server, { credit: "1" });
    const body = { model: "sandbox/video", prompt: "a", duration: 15 };
    const reply = await call("POST", "/v1/videos/generations", body, poor.key);
    expect(reply.status).toBe(402);
    expect(await reply.json()).toMatchObject({ error: { balance: "1", required: "1.64" } });
    // What the process itself has borrowed of the balance without need is had back first (§9.2 e).
    const chat = { model: "sandbox/echo", messages: [{ role: "user", content: "hi" }] };
    await call("POST", "/v1/chat/completions", chat, poor.key);
    const rest = { model: "sandbox/video", prompt: "a", duration: 8 };
    expect((await call("POST", "/v1/videos/generations", rest, poor.key)).status).toBe(200);
  });
});

describe("a webhook", () => {
  it("tells the end, signed by the key's own digest, until it is taken", async () => {
    const got: { body: string; signature: string }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part: Buffer) => (body += part.toString()));
      request.on("end", () => {
        got.push({ body, signature: String(request.headers["x-farthing-signature"]) });
        response.writeHead(got.length === 1 ? 500 : 204).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    const own = await startTestGateway({
      credit: "10",
      server: { fetch: { isAllowed: () => true, lookup: loopback, portOf: () => port } },
    });
    try {
      const reply = await fetch(`${own.url}/v1/videos/generations`, {
        method: "POST",
        headers: { authorization: `Bearer ${own.key}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "sandbox/video-failed", prompt: "a", callback_url: "http://hook.example/told" }),
      });
      const { id } = (await reply.json()) as { id: string };
      const until = async (count: number): Promise<void> => {
        for (let tries = 0; tries < 200 && got.length < count; tries++)
          await new Promise((resolve) => setTimeout(resolve, 50));
      };
      await until(1);
      await own.server.database.kysely
        .updateTable("task" as never)
        .set({ webhook_due: 0n } as never)
        .execute();
      await until(2);
      expect(got.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
        { id, status: "failed" },
        { id, status: "failed" },
      ]);
      const [at = "", mac] = got[1]!.signature.split(",v1=");
      const secret = createHash("sha256").update(own.key).digest("hex");
      expect(mac).toBe(
        createHmac("sha256", secret)
          .update(`${at.slice(2)}.${got[1]!.body}`)
          .digest("hex"),
      );
    } finally {
      await own.close();
      server.close();
    }
  });
});

describe("seeds", () => {
  it.each<[Preset, string, Loose, string]>([
    [
      "cheapmodel",
      "/video/v1/video/generations",
      {
        model: "doubao-seedance-2-0-fast-260128",
        prompt: "Two cats run and playfully chase each other",
        size: "9:16",
        duration: -1,
        generate_audio: true,
        watermark: false,
      },
      // 6 s as the sandbox chose: 130,500 tokens at $5.60 per million are $0.7308.
      "0.73",
    ],
    [
      "cheapmodel",
      "/v1/video/generations",
      { model: "happyhorse-1.1-t2v", prompt: "a", size: "720p", duration: 3 },
      "0.42",
    ],
    ["cheapa", "/v1/videos/generations", { model: "veo-3.1", prompt: "a" }, "3.2"],
  ])("%s: the documented request at %s", async (preset, at, body, cost) => {
    const own = await startStorefront(preset, { credit: "20" });
    const headers = { authorization: `Bearer ${own.key}`, "content-type": "application/json" };
    try {
      const made = await json(await fetch(own.url + at, { method: "POST", headers, body: JSON.stringify(body) }));
      let task = made;
      for (let tries = 0; tries < 200 && task["url"] === null; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        task = await json(await fetch(`${own.url}${at}/${made["id"]}`, { headers }));
      }
      expect(task).toMatchObject({ data: { status: "SUCCESS" }, usage: { cost } });
    } finally {
      await own.close();
    }
  });
});

/**
 * Recorded tasks of videos, replayed: the provider answers with the recorded bytes, the customer sees how it ended, and is charged by
 * what the provider counted, once. And every recording of pictures and films is replayed somewhere, or it is said here why not.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runStatement } from "../../src/db/steps.ts";
import { CORPUS, hasCorpus, MANIFEST, mustHave } from "../../src/protocols/fixtures/wire.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- recordings are looked into as they are
type Loose = Record<string, any>;

interface Recorded {
  readonly file: string;
  readonly protocol: string;
  readonly features: readonly string[];
  readonly status: number;
  readonly body: Loose;
}

/** Protocols of films, and of pictures and vectors that `operations.test.ts` does not replay. */
const PREFIXES = ["video.", "images.", "gemini.predict"] as const;

/** Protocols that nobody here speaks to a provider, and why. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "video.xai": "no model of it is in the catalogue",
  "video.openai": "a form in which customers ask: see below; its provider has closed",
  "images.dashscope": "pictures as tasks: no model of it is in the catalogue",
  "gemini.predict": "Vertex's own API",
};

/** How each is replayed: what is asked (as long as any that was recorded, or the hold would cap the charge), and nano-units for each thing counted (a token, a thousandth of a second). */
const REPLAYED: Readonly<Record<string, { readonly ask: Loose; readonly rate: bigint }>> = {
  "video.ark": {
    ask: { model: "doubao-seedance-2-0-fast-260128", prompt: "a", duration: 15 },
    rate: 5_600n,
  },
  "video.dashscope": {
    ask: { model: "happyhorse-1.0-t2v", prompt: "a", size: "720p", duration: 15 },
    rate: 140_000n,
  },
  "video.veo": {
    ask: { model: "veo-3.1-lite-generate-preview", prompt: "a", size: "720p", duration: 4 },
    rate: 50_000n,
  },
};

const load = (): Recorded[] => {
  if (!hasCorpus) {
    console.warn(`NO CORPUS at ${CORPUS}: no recorded film is replayed. Set FARTHING_WIRE.`);
    return [];
  }
  return (JSON.parse(readFileSync(MANIFEST, "utf8")) as Loose[])
    .filter(({ protocol }) => PREFIXES.some((prefix) => (protocol as string).startsWith(prefix)))
    .map(({ file, protocol, features }) => {
      const { response } = JSON.parse(readFileSync(path.join(CORPUS, file), "utf8")) as Loose;
      return { file, protocol, features, status: response.status, body: response.body };
    });
};
const all = mustHave("film", load());
const polls = mustHave(
  "poll of a film",
  all.filter(({ protocol, features }) => REPLAYED[protocol] !== undefined && features.includes("poll")),
);

let gateway: TestGateway;
let provider: Server;
/** What the provider answers next. */
let created: Recorded | undefined;
let polled: Recorded | undefined;

beforeAll(async () => {
  provider = createServer((request, response) => {
    request.resume();
    const answer = request.method === "POST" ? created : polled;
    response.writeHead(answer?.status ?? 500, { "content-type": "application/json" });
    response.end(JSON.stringify(answer?.body ?? {}));
  });
  await new Promise<void>((resolve) => {
    provider.listen(0, "127.0.0.1", resolve);
  });
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  const upstream = (id: string, name: string) => ({ id, provider: name, baseUrl, apiKey: "k" });
  gateway = await startTestGateway({
    credit: "1000",
    config: {
      upstreams: [upstream("ark", "bytedance"), upstream("dashscope", "alibaba"), upstream("veo", "google")],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  provider.closeAllConnections();
  provider.close();
});

const call = async (method: string, at: string, body?: object): Promise<Loose> => {
  const reply = await fetch(gateway.url + at, {
    method,
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await reply.json()) as Loose;
  expect(reply.status, JSON.stringify(json)).toBe(200);
  return json;
};
const TASKS = "/v1/videos/generations";

/** What the provider counted: tokens, or thousandths of a second; null where it counts nothing. */
const countOf = ({ protocol, body }: Recorded): number | null => {
  const usage = body["usage"] as Loose | undefined;
  if (protocol === "video.ark") return usage?.["completion_tokens"] as number;
  return usage === undefined ? null : Math.round((usage["duration"] as number) * 1_000);
};

/** A job's id is one task's for ever, so each replay has its own: the recorded answer with another id. */
const withJob = (recorded: Recorded, job: string): Recorded => {
  const { body, protocol } = recorded;
  if (protocol === "video.ark") return { ...recorded, body: { ...body, id: job } };
  if (protocol === "video.veo") return { ...recorded, body: { ...body, name: `models/m/operations/${job}` } };
  return { ...recorded, body: { ...body, output: { ...body["output"], task_id: job } } };
};

describe.skipIf(polls.length === 0)("a recorded task", () => {
  it.each(polls.map((recorded) => [recorded.file, recorded] as const))("%s", async (file, recorded) => {
    const { protocol, features } = recorded;
    const { ask, rate } = REPLAYED[protocol]!;
    const creation = all.find((each) => each.protocol === protocol && each.features.includes("create"));
    expect(creation).toBeDefined();
    created = withJob(creation!, `job-${path.basename(file, ".json")}`);
    polled = recorded;
    const before = gateway.balance();
    const { id } = await call("POST", TASKS, ask);
    await runStatement(gateway.server.database, "update task set due_at = 0 where finished_at is null");
    const wanted = features.includes("running") ? "processing" : features.includes("failure") ? "failed" : "succeeded";
    await expect.poll(async () => (await call("GET", `${TASKS}/${id}`))["status"], { timeout: 10_000 }).toBe(wanted);
    const shown = await call("GET", `${TASKS}/${id}`);
    if (wanted === "succeeded") {
      const count = countOf(recorded) ?? 4_000;
      const row = await gateway.row(`req_${(id as string).slice("task_".length)}`);
      expect([row["outcome"], row["posted"]]).toEqual(["completed", BigInt(count) * rate]);
      expect(before - gateway.balance()).toBe(BigInt(count) * rate);
      expect(Object.values(shown["usage"] as Loose)).toContain(protocol === "video.ark" ? count : count / 1_000);
      return;
    }
    expect(gateway.balance()).toBe(before);
    // Nothing of what the provider wrote reaches a customer.
    for (const text of [recorded.body["error"]?.message, recorded.body["output"]?.message])
      if (typeof text === "string") expect(JSON.stringify(shown)).not.toContain(text);
  });
});

describe.skipIf(!hasCorpus)("the recordings", () => {
  it("are all replayed, or it is said why not", () => {
    const open = all.filter(({ protocol }) => REPLAYED[protocol] === undefined && EXPLAINED[protocol] === undefined);
    expect(open.map(({ file }) => file)).toEqual([]);
  });

  it("of OpenAI's format have no member that our replies lack", async () => {
    const ofOpenai = all.filter(({ protocol }) => protocol === "video.openai");
    const made = await call("POST", "/v1/videos", { model: "sandbox/video", prompt: "a", seconds: "4" });
    for (const { body, features, file } of ofOpenai) {
      if (features.includes("delete")) continue;
      // One recording has a member that no documentation and no other one has.
      const members = Object.keys(body).filter((name) => name !== "quality");
      expect(Object.keys(made), file).toEqual(expect.arrayContaining(members));
    }
  });
});

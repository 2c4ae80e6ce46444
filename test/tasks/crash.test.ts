/**
 * `kill -9` at every state of a task, then a restart on the same data: none is lost, none is charged twice, none is asked for twice
 * (E113, I-25, I-50, I-54). The provider is one of our own, and lives through it all.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startGateway, type GatewayProcess } from "../client.ts";
import { hurry } from "./hurry.ts";
import { running, startArkDouble, succeeded, type ArkDouble } from "./ark-double.ts";

const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-tasks-"));
let double: ArkDouble;
let gateway: GatewayProcess;
let key: string;

const configYaml = (): string => `
upstreams:
  - { id: ark, provider: bytedance, baseUrl: "${double.url}", apiKey: secret }
`;
const start = async (): Promise<void> => {
  gateway = await startGateway({ dataDir, configYaml: configYaml() });
};

beforeAll(async () => {
  double = await startArkDouble();
  await start();
  const account = (await gateway.cli("account", "create", "--name", "crash", "--credit", "100")) as { id: string };
  ({ key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string });
});
afterAll(async () => {
  await gateway.kill9();
  await double.close();
  rmSync(dataDir, { recursive: true, force: true });
});

type Loose = Record<string, unknown>;

const ask = async (key: string, method: string, at: string, body?: object): Promise<Loose> => {
  const reply = await fetch(gateway.url + at, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await reply.json()) as Loose;
};

const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it does not come to be");
};

const MODEL = "doubao-seedance-2-0-fast-260128";
const BODY = { model: MODEL, prompt: "Two cats", size: "16:9", duration: 5 };

const tasks = async (): Promise<Loose[]> =>
  ((await ask(key, "GET", "/v1/videos/generations")) as { data: Loose[] }).data;

/** 108,900 tokens at $5.60 per million are $0.60984, which the catalogue's own price row does not round. */
const COST = "0.60984";

describe("kill -9", () => {
  it.each(["before the provider's answer", "after it", "while it runs", "while its success is read"])(
    "%s: one job, one task, one charge",
    async (when) => {
      const created = double.counts.created;
      double.script = () => running;
      double.onCreate = () => true;
      if (when === "before the provider's answer") {
        // The job is made, and its answer never comes.
        double.onCreate = () => new Promise(() => undefined);
        ask(key, "POST", "/v1/videos/generations", BODY).catch(() => undefined);
        await until(() => double.counts.created === created + 1);
      } else {
        await ask(key, "POST", "/v1/videos/generations", BODY);
        if (when !== "after it") {
          const polled = double.counts.polled;
          if (when === "while its success is read")
            double.script = () => succeeded("https://videos.example/1.mp4", 108_900);
          await hurry(gateway);
          await until(() => double.counts.polled > polled);
        }
      }
      await gateway.kill9();
      double.onCreate = () => true;
      double.script = () => succeeded("https://videos.example/1.mp4", 108_900);
      await hurry(gateway);
      await start();
      await until(async () => (await tasks())[0]?.["status"] === "succeeded");
      expect((await tasks())[0]).toMatchObject({ usage: { completion_tokens: 108_900, cost: COST } });
      expect(double.counts.created).toBe(created + 1);
      expect(await tasks()).toHaveLength(double.counts.created);
    },
  );

  it("and the books agree", async () => {
    const { credits } = await ask(key, "GET", "/v1/profile");
    expect(Number(credits)).toBeCloseTo(100 - 4 * Number(COST), 9);
    expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
    expect(await gateway.cli("reprice")).toMatchObject({ differences: [] });
  });
});

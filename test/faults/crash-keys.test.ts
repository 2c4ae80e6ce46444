/** `kill -9` between dispatch and commit of requests with Idempotency-Keys: a retry runs anew, and is charged once (I-28, A2, A3). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startGateway, type GatewayProcess } from "../client.ts";
import { completion, PRICES, THEIR_MODEL } from "../upstream/chat.ts";
import { json, SILENT } from "../upstream/script.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-crash-"));
let gateway: GatewayProcess;
let upstream: ScriptedUpstream;
let configYaml: string;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  configYaml = JSON.stringify({
    upstreams: [{ id: "lab", provider: "openai-compatible", apiKey: "x", baseUrl: `${upstream.baseUrl}/v1` }],
    models: [
      {
        id: "lab",
        kind: "chat",
        context: 9_000,
        maxOutput: 900,
        prices: PRICES,
        routes: [{ upstream: "lab", model: THEIR_MODEL }],
      },
    ],
  });
  gateway = await startGateway({ dataDir, configYaml });
});
afterAll(async () => {
  await gateway.kill9();
  await upstream.close();
  rmSync(dataDir, { recursive: true, force: true });
});

it("what was finished is played again, what was not runs anew, and each is charged once", async () => {
  const account = (await gateway.cli("account", "create", "--name", "crash", "--credit", "1")) as { id: string };
  const { key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string };
  const ask = async (name: string): Promise<{ status: number; replayed: boolean; text: string }> => {
    const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, "idempotency-key": name },
      body: JSON.stringify({ model: "lab", max_tokens: 50, messages: [{ role: "user", content: name }] }),
    });
    return {
      status: reply.status,
      replayed: reply.headers.get("idempotent-replayed") === "true",
      text: await reply.text(),
    };
  };
  upstream.next(json(completion()));
  const finished = await ask("finished");
  expect(finished).toMatchObject({ status: 200, replayed: false });

  upstream.next(SILENT);
  const broken = ask("broken").catch(() => "broken");
  await upstream.received(2);
  expect(await ask("broken")).toMatchObject({ status: 409 });
  await gateway.kill9();
  expect(await broken).toBe("broken");

  gateway = await startGateway({ dataDir, configYaml });
  upstream.next(json(completion()));
  expect(await ask("finished")).toEqual({ ...finished, replayed: true });
  expect(await ask("broken")).toMatchObject({ status: 200, replayed: false });
  expect(await ask("broken")).toMatchObject({ status: 200, replayed: true });
  expect(upstream.requests).toHaveLength(3);

  const reader = gateway.reader();
  expect(reader.query("select count(*) as rows from request where posted > 0")).toEqual([{ rows: 2n }]);
  await reader.close();
  expect(await gateway.cli("audit")).toMatchObject({ disagreements: [] });
});

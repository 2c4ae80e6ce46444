/** What must never be seen: keys, contents, the provider's words and credentials, in any log line, metric or error. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { startGateway, type GatewayProcess } from "./client.ts";
import { json } from "./upstream/script.ts";
import { startScriptedUpstream } from "./upstream/scripted-upstream.ts";

const CONTENT = "canary-content-7f3a";
const PROVIDER_KEY = "sk-proj-canary-provider-51c2";
const PROVIDER_TEXT = `Incorrect API key provided: ${PROVIDER_KEY}; organisation org-canary; host 10.0.0.7`;

let upstream: Awaited<ReturnType<typeof startScriptedUpstream>>;
let gateway: GatewayProcess;
let metricsPort = 0;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  metricsPort = 20_000 + Math.floor(process.pid % 10_000);
  gateway = await startGateway({
    env: { LOG_LEVEL: "trace", METRICS_PORT: String(metricsPort), CANARY_KEY: PROVIDER_KEY },
    configYaml: [
      "upstreams:",
      `  - { id: lab, provider: openai-compatible, baseUrl: "${upstream.baseUrl}", apiKey: \${CANARY_KEY} }`,
      "models:",
      '  - { id: lab-model, kind: chat, context: 128000, maxOutput: 4096, prices: { input: "1", output: "2" }, routes: [{ upstream: lab, model: lab-1 }] }',
    ].join("\n"),
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

it("keeps secrets out of logs, metrics and errors", async () => {
  const account = (await gateway.cli("account", "create", "--name", "canary", "--credit", "5")) as { id: string };
  const { key } = (await gateway.cli("key", "create", "--account", account.id)) as { key: string };
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const ask = async (path: string, model: string, stream: boolean): Promise<string> => {
    const reply = await fetch(`${gateway.url}${path}?key=${key}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, stream, max_tokens: 50, messages: [{ role: "user", content: CONTENT }] }),
    });
    return await reply.text();
  };
  const failures: string[] = [];
  for (const status of [400, 401, 403, 429, 500, 529]) {
    upstream.always(json({ error: { message: PROVIDER_TEXT, type: "x", code: "y" } }, { status }));
    for (const path of ["/v1/chat/completions", "/v1/messages"])
      for (const stream of [true, false]) failures.push(await ask(path, "lab-model", stream));
  }
  for (const model of ["sandbox/echo", "sandbox/upstream-401", "sandbox/upstream-broken-json", "no-such-model"])
    await ask("/v1/chat/completions", model, true);
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(metrics).toContain("farthing_requests_total");
  expect(metrics).toContain("farthing_charges_total");
  const explained = JSON.stringify(await gateway.cli("audit"));

  for (const text of failures) {
    expect(text).toContain("error");
    for (const secret of [PROVIDER_KEY, "org-canary", "10.0.0.7", "Incorrect API key", upstream.baseUrl])
      expect(text).not.toContain(secret);
  }
  // The welcome shows the demo key, once, on purpose; the key of this test must be nowhere.
  for (const secret of [key, CONTENT, PROVIDER_KEY, "org-canary", "10.0.0.7"]) {
    expect(gateway.logs()).not.toContain(secret);
    expect(metrics).not.toContain(secret);
    expect(explained).not.toContain(secret);
  }
  expect(gateway.logs()).toContain("upstream_failed");
});

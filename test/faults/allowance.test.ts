/** I-36: who has used up his allowance of absorbed cost pays for replies that fail after output, and everything says so. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { explainCommand } from "../../src/cli/explain.ts";
import { audit } from "../../src/ledger/audit-store.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { events, TEXT, THEIR_MODEL } from "../upstream/chat.ts";
import { startScriptedUpstream, type ScriptedUpstream } from "../upstream/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startTestGateway({
    credit: "1000",
    config: {
      upstreams: [{ id: "chat", provider: "openai-compatible", apiKey: "x", baseUrl: `${upstream.baseUrl}/v1` }],
      models: [
        {
          id: "dear",
          kind: "chat",
          context: 100_000,
          maxOutput: 1_000,
          // What TEXT says costs more than a half of the least allowance, and less than all of it.
          prices: { input: "0", output: "13000" },
          routes: [{ upstream: "chat", model: THEIR_MODEL, priority: 1, weight: 1 }],
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
  fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const fail = async (): Promise<{ readonly id: string; readonly row: Record<string, unknown> }> => {
  upstream.next(events([TEXT]));
  const response = await post({
    model: "dear",
    stream: true,
    max_tokens: 500,
    messages: [{ role: "user", content: "hi" }],
  });
  expect(await response.text()).toContain('"upstream_stream_error"');
  const id = response.headers.get("x-request-id") ?? "";
  return { id, row: await gateway.row(id) };
};

it("two are free, the third is charged, named by every report, and recomputed without a difference", async () => {
  const before = gateway.balance();
  const failures = [await fail(), await fail(), await fail()];
  const [free, still, charged] = failures;
  for (const each of [free, still])
    expect(each?.row).toMatchObject({ outcome: "upstream_failed_after_output", posted: 0n });
  const cost = free?.row["absorbed"] as bigint;
  expect(charged?.row).toMatchObject({ outcome: "upstream_failed_charged", posted: cost, absorbed: 0n });
  expect(before - gateway.balance()).toBe(cost);

  const id = charged?.id ?? "";
  const headers = { authorization: `Bearer ${gateway.key}` };
  const charge = await (await fetch(`${gateway.url}/v1/charges/${id}`, { headers })).json();
  expect(charge).toMatchObject({ outcome: "upstream_failed_charged", absorbed: "0" });
  expect((charge as { note: string }).note).toContain("allowance");
  const context = { db: gateway.server.database } as Parameters<typeof explainCommand.run>[1];
  expect((await explainCommand.run([id], context)).text).toContain("allowance");
  const flagged = gateway.query("select object from audit_log where action = 'account.absorbs'");
  expect(flagged).toEqual([{ object: gateway.publicId }]);
  expect((await audit(gateway.server.database)).disagreements).toEqual([]);
});

/** A request whose body comes as gzip, as some clients can be told to send it: the same request, held to the same limits. */
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, it } from "vitest";

import { DIALECTS } from "./client-dialects.ts";
import { startTestGateway, type TestGateway } from "./gateway.ts";
import { PROTOCOL_IDS } from "./upstream/four-upstreams.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ server: { limits: { bodyBytesInFlight: 4_000_000 } } });
});
afterAll(async () => {
  expect(gateway.server.http.load().bodyBytes).toBe(0);
  await gateway.close();
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "content-encoding": "gzip",
      authorization: `Bearer ${gateway.key}`,
    },
    body: Uint8Array.from(gzipSync(JSON.stringify(body))),
  });

it.each(PROTOCOL_IDS)("%s", async (dialect) => {
  const { request, text } = DIALECTS[dialect];
  const { path, body } = request("sandbox/echo", [text("a packed farthing")]);
  const reply = await post(path, body);
  expect(reply.status).toBe(200);
  expect(await reply.text()).toContain("a packed farthing");
});

it("what it grows to counts like what was received (A21)", async () => {
  const { request, text } = DIALECTS.anthropic;
  const { path, body } = request("sandbox/echo", [text(Array.from({ length: 700_000 }, (_one, i) => i).join(" "))]);
  const reply = await post(path, body);
  expect(reply.status).toBe(529);
  await reply.arrayBuffer();
});

/** B27, and what the checklist asks of the network: who cannot prove to be a provider is sent nothing, and nothing switches that off. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, expect, it } from "vitest";

import { startGateway, StartFailed } from "../client.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

/** Of nobody: signed by itself, for this machine's own name, and used nowhere else. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqtiFQIcsUrv2DGEJ
EV/ZA5b1UO9qDU1ZOEvcdz/iWXOhRANCAARXuIKEyEso1oXRXT6y0tMRuORTaG0H
+FV2RJGl45s63BumcTP7XZcnE21kapK5O+Cz25gow+QtOr8ZPixtCYg3
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUCP5NRpBNayAr7XfMfyVxYTUqPjowCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIxNTg1MloYDzIxMjYxMDI4
MjE1ODUyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARXuIKEyEso1oXRXT6y0tMRuORTaG0H+FV2RJGl45s63BumcTP7XZcn
E21kapK5O+Cz25gow+QtOr8ZPixtCYg3o28wbTAdBgNVHQ4EFgQUd0U8sxls6Qh2
YPTykdSeij2GKR0wHwYDVR0jBBgwFoAUd0U8sxls6Qh2YPTykdSeij2GKR0wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgF+YPMKaLu2AclTD4J33pugoX1EWHMeQVCAaqnU9YsXYCIFOb
pmeiLF+/6c8BVa91wecpmhuEcg4pcyAOuv+WDkN/
-----END CERTIFICATE-----
`;

let server: Server;
let gateway: TestGateway;
const heard: string[] = [];
beforeAll(async () => {
  server = createServer({ key: KEY, cert: CERTIFICATE }, (request, response) => {
    heard.push(`${request.url} ${request.headers.authorization}`);
    response.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const baseUrl = `https://localhost:${(server.address() as AddressInfo).port}/v1`;
  gateway = await startTestGateway({
    config: {
      upstreams: [{ id: "lab", provider: "openai-compatible", baseUrl, apiKey: "k" }],
      models: [
        {
          id: "m",
          kind: "chat",
          context: 8_000,
          maxOutput: 1_000,
          prices: { input: "1", output: "1" },
          routes: [{ upstream: "lab", model: "theirs" }],
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway.close();
  server.closeAllConnections();
  server.close();
});

it("B27 a certificate that nobody vouches for: E-UP, nothing sent, nothing charged", async () => {
  const before = gateway.balance();
  const reply = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }),
  });
  expect(reply.status).toBe(502);
  expect(await reply.json()).toMatchObject({ error: { code: "upstream_error" } });
  expect(heard).toEqual([]);
  expect(gateway.balance()).toBe(before);
});

it("no variable makes the process believe it", async () => {
  const failed = await startGateway({ env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(StartFailed);
  expect((failed as StartFailed).output).toContain("NODE_EXTRA_CA_CERTS");
});

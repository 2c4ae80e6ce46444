import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";

import { MAX_URL, newWebhookSecret, signatureOf, urlProblem } from "./webhook.ts";

describe("webhooks", () => {
  it("sign the time, a full stop and the body", () => {
    const mac = createHmac("sha256", "s").update('1700000000.{"a":1}').digest("hex");
    expect(signatureOf("s", '{"a":1}', 1_700_000_000_999)).toBe(`t=1700000000,v1=${mac}`);
    expect(newWebhookSecret()).not.toBe(newWebhookSecret());
    expect(newWebhookSecret()).toMatch(/^whsec_[\w-]{43}$/);
  });

  it.each([
    ["https://example.com/hook", true],
    ["http://example.com/hook", false],
    ["https://user:pass@example.com/", false],
    ["https://example.com:8443/", false],
    ["https://localhost/", false],
    ["https://10.0.0.1/", false],
    ["https://0x7f.1/", false],
    ["https://[::ffff:7f00:1]/", false],
    ["https://0.0.0.0/", false],
    ["https://169.254.169.254/", false],
    ["file:///etc/passwd", false],
    ["hook", false],
    [`https://example.com/${"x".repeat(MAX_URL)}`, false],
  ])("%s in production: %s (D97)", (url, isTaken) => {
    expect(urlProblem(url, true) === null).toBe(isTaken);
  });

  it("may be without TLS outside production, and never in the operator's network", () => {
    expect(urlProblem("http://example.com/", false)).toBeNull();
    expect(urlProblem("http://127.0.0.1/", false)).not.toBeNull();
  });
});

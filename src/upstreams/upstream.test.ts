/** Addresses and credentials of upstreams: what is refused, and that mistakes of form do not matter. */
import { describe, expect, it } from "vitest";

import { PROVIDERS } from "../providers/index.ts";
import { baseUrlProblem, isSendableKey, normalBaseUrl } from "./upstream.ts";

describe("baseUrlProblem", () => {
  it.each([
    "https://api.example.com",
    "http://127.0.0.1:9100/v1",
    "http://[::1]:80",
    "http://10.0.0.1/x/",
    "https://h.example/a/b",
  ])("accepts %s", (text) => {
    expect(baseUrlProblem(text)).toBeNull();
  });
  it.each([
    ["ftp://example.com", "http"],
    ["file:///etc/passwd", "http"],
    ["javascript:alert(1)", "http"],
    ["api.example.com", "URL"],
    ["", "URL"],
    ["https://user:canary@example.com", "apiKey"],
    ["https://user@example.com", "apiKey"],
    ["https://example.com/?key=canary", "query"],
    ["https://example.com/?", "query"],
    ["https://example.com/#x", "query"],
    ["http://169.254.169.254/latest", "metadata"],
    ["http://169.254.170.2", "metadata"],
    ["http://2852039166/", "metadata"],
    ["http://[fd00:ec2::254]/", "metadata"],
    ["http://[::ffff:169.254.169.254]/", "metadata"],
    ["http://[fe80::1]/", "metadata"],
    ["http://metadata.google.internal./v1", "metadata"],
    [`https://example.com/${"x".repeat(600)}`, "512"],
  ])("refuses %s", (text, reason) => {
    const problem = baseUrlProblem(text);
    expect(problem).toContain(reason);
    expect(problem).not.toContain("canary");
  });
});

describe("normalBaseUrl", () => {
  it.each([
    [PROVIDERS.anthropic, "https://api.anthropic.com/", "https://api.anthropic.com"],
    [PROVIDERS.anthropic, "https://api.anthropic.com/v1/", "https://api.anthropic.com"],
    [PROVIDERS.openai, "https://api.openai.com/v1", "https://api.openai.com/v1"],
    [PROVIDERS["openai-compatible"], "http://127.0.0.1:9100/v1//", "http://127.0.0.1:9100/v1"],
    [PROVIDERS.deepseek, "https://api.deepseek.com/v1", "https://api.deepseek.com"],
    [PROVIDERS.anthropic, "https://v1", "https://v1"],
  ])("%# makes %s into %s", (provider, text, expected) => {
    expect(normalBaseUrl(provider, text)).toBe(expected);
  });
});

describe("isSendableKey", () => {
  it.each([
    ["sk-1", true],
    ["", false],
    ["sk-1\n", false],
    ["sk 1", false],
    ["schlüssel", false],
    ["x".repeat(4_097), false],
  ])("%j: %s", (text, expected) => {
    expect(isSendableKey(text)).toBe(expected);
  });
});

/** The published document says what is served: it is what the routes say now, and every address in it is there. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ROUTES } from "../../src/console/areas.ts";
import { API_PREFIX } from "../../src/console/document.ts";
import { OPERATIONS } from "../../src/console/gateway-api/document.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";
import { SUPPORT } from "../support.rows.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: object }>>>>;
  readonly components: { readonly [section: string]: Readonly<Record<string, unknown>> };
}
const text = readFileSync(path.join(ROOT, "docs", "openapi.json"), "utf8");
const document = JSON.parse(text) as Document;

it("docs/openapi.json and console/api/schema.d.ts are what the routes say (npm run openapi)", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/openapi.ts", "--check"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

it("every route of the console stands in it", () => {
  for (const { method, path: route } of ROUTES) expect(document.paths[`${API_PREFIX}${route}`]).toHaveProperty(method);
});

it("what it refers to is there", () => {
  for (const [, section = "", name = ""] of text.matchAll(/"#\/components\/([^/"]+)\/([^"]+)"/g))
    expect(Object.keys(document.components[section] ?? {}), `${section}/${name}`).toContain(name);
});

/** Names in braces are all alike here: a test that compares must not care. */
const bare = (route: string): string => route.replace(/\{[a-z]+\}/g, "{}");

describe("the gateway's own API", () => {
  it("has all that is served of the providers' surfaces", () => {
    const served = Object.values(SUPPORT).flatMap((rows) => rows.filter((row) => row.served));
    const described = new Set(OPERATIONS.map(({ method, path: route }) => `${method.toUpperCase()} ${bare(route)}`));
    for (const { method, route } of served) expect(described).toContain(`${method} ${bare(route)}`);
  });

  it.each(OPERATIONS.map((operation) => ({ name: `${operation.method.toUpperCase()} ${operation.path}`, operation })))(
    "$name is there, and asks for a key where it says so",
    async ({ operation }) => {
      const target = operation.path.replaceAll("{id}", "task_0").replaceAll("{model}", "sandbox/echo");
      const response = await fetch(`${gateway.url}${target}`, {
        method: operation.method.toUpperCase(),
        ...(operation.body === undefined ? {} : { body: "{}", headers: { "content-type": "application/json" } }),
      });
      const body = (await response.json()) as { error?: { code?: unknown; status?: unknown; type?: unknown } };
      expect(response.status).toBe(operation.isOpen === true ? 200 : 401);
      if (operation.isOpen === true) return;
      // Each dialect has a word of its own for it.
      const words = { OpenaiError: ["code"], AnthropicError: ["type"], GeminiError: ["status"] }[operation.errors];
      for (const word of words) expect(body.error).toHaveProperty(word, expect.any(String));
      expect(Object.keys(document.paths[operation.path]?.[operation.method]?.responses ?? {})).toContain("401");
    },
  );
});

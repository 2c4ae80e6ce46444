/** Pages, files and the storefront's looks, as a browser gets them; and everything else as before. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ROUTES } from "../../src/console/areas.ts";
import { startTestGateway, type TestGateway } from "../gateway.ts";

const SCRIPT = `export const words = "${"a long script ".repeat(200)}";`;
const LOGO = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`;

let dist: string;
let gateway: TestGateway;
let bare: TestGateway;
beforeAll(async () => {
  dist = mkdtempSync(path.join(tmpdir(), "farthing-console-"));
  mkdirSync(path.join(dist, "assets"));
  writeFileSync(path.join(dist, "index.html"), "<!doctype html><title>Page</title>");
  writeFileSync(path.join(dist, "theme.js"), "1;");
  writeFileSync(path.join(dist, "assets", "app-abc.js"), SCRIPT);
  writeFileSync(path.join(dist, "assets", "app-abc.js.br"), brotliCompressSync(SCRIPT));
  writeFileSync(path.join(dist, "assets", "app-abc.js.gz"), gzipSync(SCRIPT));
  writeFileSync(path.join(dist, ".farthing-build.json"), "{}");
  writeFileSync(path.join(dist, "assets", "app-abc.js.map"), "{}");
  gateway = await startTestGateway({
    env: { FARTHING_CONSOLE: dist, PUBLIC_URL: "https://ai.example" },
    config: {
      storefront: {
        name: "Acme AI",
        mounts: ["", "/docs"],
        brand: { accent: "#123456", logo: `data:image/svg+xml;base64,${Buffer.from(LOGO).toString("base64")}` },
      },
    },
  });
  bare = await startTestGateway({ env: { FARTHING_CONSOLE: path.join(dist, "nothing") } });
});
afterAll(async () => {
  await gateway.close();
  await bare.close();
  rmSync(dist, { recursive: true, force: true });
});

const get = (file: string, headers: Readonly<Record<string, string>> = {}, method = "GET"): Promise<Response> =>
  fetch(`${gateway.url}${file}`, { headers, method });
const HTML = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" };

describe("a page", () => {
  it.each([
    "/",
    "/models",
    "/models/sandbox/echo",
    "/pricing",
    "/docs/quick-start",
    "/sign-in",
    "/invite/abc",
    "/app",
    "/app/acc_1/keys",
    "/admin/overview",
    "/me",
  ])("%s is shown to a browser", async (page) => {
    const response = await get(page, HTML);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(await response.text()).toContain("<title>Page</title>");
  });

  it("is not sent again to who has it", async () => {
    const etag = (await get("/", HTML)).headers.get("etag") ?? "";
    const again = await get("/models", { ...HTML, "if-none-match": etag });
    expect(again.status).toBe(304);
    expect(again.headers.get("etag")).toBe(etag);
    expect((await get("/", { ...HTML, "if-none-match": `"other", W/${etag}` })).status).toBe(304);
    expect((await get("/", { ...HTML, "if-none-match": '"other"' })).status).toBe(200);
  });

  it("answers HEAD with what GET would say", async () => {
    const head = await get("/", HTML, "HEAD");
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe((await get("/", HTML)).headers.get("content-length"));
  });

  it.each(["/v1/models", "/nothing", "/modelsx", "/v1/chat/completions", "/healthz"])(
    "%s is none, also for a browser",
    async (other) => {
      const text = await (await get(other, HTML)).text();
      expect(text).not.toContain("<title>");
    },
  );

  it("is not what a client gets that probes the root (§9.8)", async () => {
    for (const headers of [{}, { accept: "*/*" }, { accept: "application/json" }]) {
      const response = await get("/", headers);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe("Acme AI\n");
    }
    expect((await fetch(gateway.url, { method: "POST", headers: HTML })).status).toBe(405);
  });

  it("without a build the root is what it was, and so are the other pages", async () => {
    expect(await (await fetch(bare.url, { headers: HTML })).text()).toBe("Farthing\n");
    expect((await fetch(`${bare.url}/models`, { headers: HTML })).status).toBe(401);
    expect((await fetch(`${bare.url}/console/assets/app-abc.js`)).status).toBe(404);
  });
});

describe("a file", () => {
  it.each([
    { accepted: "gzip, deflate, br", encoding: "br" },
    { accepted: "gzip", encoding: "gzip" },
    { accepted: "br;q=0, gzip", encoding: "gzip" },
    { accepted: "identity", encoding: null },
    { accepted: "x-br", encoding: null },
  ])("comes as $encoding to who takes '$accepted', once and for ever", async ({ accepted, encoding }) => {
    const response = await get("/console/assets/app-abc.js", { "accept-encoding": accepted });
    expect(response.headers.get("content-encoding")).toBe(encoding);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("vary")).toBe("accept-encoding");
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(await response.text()).toBe(SCRIPT);
  });

  it("each form has an ETag of its own", async () => {
    const tags = await Promise.all(
      ["br", "gzip", "identity"].map(async (accepted) =>
        (await get("/console/assets/app-abc.js", { "accept-encoding": accepted })).headers.get("etag"),
      ),
    );
    expect(new Set(tags).size).toBe(3);
  });

  it("without a hash in its name is asked for again", async () => {
    expect((await get("/console/theme.js")).headers.get("cache-control")).toBe("no-cache");
  });

  it.each([
    "/console/assets/app-def.js",
    "/console/assets/app-abc.js.br",
    "/console/assets/app-abc.js.map",
    "/console/.farthing-build.json",
    "/console/index.html",
  ])("%s is not there, and that is not kept", async (file) => {
    const response = await get(file);
    expect(response.status).toBe(404);
    expect(response.headers.get("cache-control")).toBe("no-store");
  });
});

describe("the storefront's looks", () => {
  it("are variables of CSS, the dark colour made of the light one", async () => {
    const css = await (await get("/console/brand.css")).text();
    expect(css).toContain("--brand-accent: #123456;");
    expect(css).toMatch(/--brand-accent-dark: color-mix\(in oklab, #123456 \d+%, white\);/);
  });

  it("a logo may be anything that is an image, and do nothing", async () => {
    const response = await get("/console/logo");
    expect(response.headers.get("content-type")).toBe("image/svg+xml");
    expect(response.headers.get("content-security-policy")).toContain("sandbox");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toBe(LOGO);
    expect((await fetch(`${bare.url}/console/logo`)).status).toBe(200);
  });
});

describe("every answer of the console", () => {
  const ANSWERS = [
    { what: "a page", target: "/", headers: HTML },
    { what: "a file", target: "/console/assets/app-abc.js" },
    { what: "the looks", target: "/console/brand.css" },
    { what: "a missing file", target: "/console/assets/nothing.js" },
    { what: "an answer of the API", target: "/console/api/public/storefront" },
    { what: "a refusal of the API", target: "/console/api/me" },
    { what: "an unknown address", target: "/console/api/nothing" },
    { what: "another method", target: "/console/api/public/storefront", method: "DELETE" },
    { what: "a foreign request", target: "/console/api/me", method: "PATCH" },
    { what: "the sign-in", target: "/console/auth/nothing" },
    { what: "a body that is too large", target: "/console/api/me", method: "PATCH", body: "a".repeat(300_000) },
  ] as const;

  it.each(ANSWERS)("$what lets a browser do nothing else", async (answer) => {
    const { target, what: _what, ...init } = answer;
    const { headers } = await fetch(`${gateway.url}${target}`, init);
    const policy = headers.get("content-security-policy") ?? "";
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy.split("; ")).toContain(part);
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "x-frame-options": "DENY",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "x-request-id": expect.stringMatching(/^req_/),
    });
    expect(headers.get("access-control-allow-origin")).toBeNull();
    if (target.startsWith("/console/api")) expect(headers.get("cache-control")).toBe("no-store");
  });

  it("by http, a browser is not told to come by https", async () => {
    expect((await fetch(`${bare.url}/console/logo`)).headers.get("strict-transport-security")).toBeNull();
  });

  it("and none of the gateway's own routes", async () => {
    expect((await get("/v1/models")).headers.get("content-security-policy")).toBeNull();
  });

  it("paths of routes are told apart from those of pages", () => {
    for (const { path: route } of ROUTES) expect(route).toMatch(/^\/(public|me|accounts|admin)(\/|$)/);
  });
});

/** Input that is not what it should be gets a clear answer of the console's own, never a 500, and never more than it asked for. */
import { request } from "node:http";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ROUTES } from "../../src/console/areas.ts";
import { call, openRig, type Answered, type Rig, type Sent } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

const route = ROUTES.find(({ method, path }) => method === "patch" && path === "/admin/settings")!;
const patch = (sent: Sent): Promise<Answered> => call(rig, route, { cookie: rig.cookies.operator, ...sent });

describe("a body", () => {
  const deep = `{"brand":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  it.each([
    { name: "nothing", body: "", status: 415 },
    { name: "no JSON", body: "{", status: 400 },
    { name: "text after it", body: "{} {}", status: 400 },
    { name: "a list", body: "[]", status: 400 },
    { name: "null", body: "null", status: 400 },
    { name: "a number", body: "1", status: 400 },
    { name: "deep nesting (D75)", body: deep, status: 400 },
    { name: "many elements (D76)", body: `{"mounts":[${"0,".repeat(60_000)}0]}`, status: 400 },
    { name: "a member twice", body: '{"name":"a","name":"b"}', status: 400 },
    { name: "a wrong type", body: '{"name":{"$ne":null}}', status: 400 },
    { name: "a number as text", body: '{"keyLength":"40"}', status: 400 },
    { name: "a number that is none", body: '{"keyLength":1e400}', status: 400 },
    { name: "an amount below nothing", body: '{"startCreditNano":"-1"}', status: 400 },
    { name: "an amount with a point", body: '{"startCreditNano":"0.5"}', status: 400 },
    { name: "an amount of a thousand digits", body: `{"startCreditNano":"${"9".repeat(1_000)}"}`, status: 400 },
    { name: "a colour that is a style", body: '{"brand":{"accent":"#000000;}*{x:y"}}', status: 400 },
    { name: "a logo that is a page", body: '{"brand":{"logo":"data:text/html;base64,PGI+"}}', status: 400 },
    { name: "more than is taken", body: `{"name":"${"a".repeat(300_000)}"}`, status: 413 },
  ])("with $name: $status", async ({ body, status }) => {
    const answer = await patch({ body });
    expect(answer.status).toBe(status);
    expect(answer.message).toMatch(/\.$/);
    expect(answer.message).not.toContain("aaaa");
  });

  it("that grows when it is unpacked is refused by what it grows to", async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, 0x20));
    const response = await fetch(`${rig.gateway.url}/console/api/admin/settings`, {
      method: "PATCH",
      headers: {
        cookie: rig.cookies.operator,
        origin: rig.gateway.url,
        "content-type": "application/json",
        "content-encoding": "gzip",
      },
      body: bomb,
    });
    expect(response.status).toBe(413);
  });

  it("names the fields that are wrong, and no value", async () => {
    const { fields } = await patch({ body: '{"keyLength":1,"registration":"perhaps","nmae":"x"}' });
    expect(Object.keys(fields).toSorted()).toEqual(["keyLength", "nmae", "registration"]);
    expect(JSON.stringify(fields)).not.toContain("perhaps");
  });
});

/** Sends a path as it is written: fetch would put it in order first. */
const raw = (path: string, method = "GET"): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const sent = request({ port: rig.gateway.port, host: "127.0.0.1", path, method, headers: { accept: "text/html" } });
    sent.on("response", (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    sent.on("error", reject);
    sent.end();
  });

describe("an address", () => {
  it.each([
    "/console/",
    "/console/assets/",
    "/console/assets/../../package.json",
    "/console/assets/%2e%2e/%2e%2e/package.json",
    "/console/..%2f..%2fpackage.json",
    "/console/.farthing-build.json",
    "/console/index.html",
    "/console/api",
    "/console/api/",
    "/console/api/%zz",
    "/console/api/public/%00",
    "/console/api//public/storefront",
    "/console/api/public/storefront/",
    "/console/api/__proto__",
    "/console/auth/%2e%2e/api/admin/settings",
    "/console/api/admin/people/%ff",
  ])("%s shows nothing, and breaks nothing", async (path) => {
    const { status, body } = await raw(path);
    expect([400, 401, 404]).toContain(status);
    expect(JSON.parse(body)).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
  });

  it.each([
    ["POST", "GET, HEAD"],
    ["DELETE", "GET, HEAD"],
    ["PUT", "GET, HEAD"],
  ])("another method: %s says which there are", async (method, allow) => {
    const response = await fetch(`${rig.gateway.url}/console/api/public/storefront`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
  });

  it("HEAD is GET without a body, and OPTIONS lets no other site in", async () => {
    const url = `${rig.gateway.url}/console/api/public/storefront`;
    const head = await fetch(url, { method: "HEAD" });
    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(10);
    expect(await head.text()).toBe("");
    const options = await fetch(url, { method: "OPTIONS", headers: { origin: "https://evil.example" } });
    expect(options.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("a query that no route takes, or takes once, is named", async () => {
    const get = ROUTES.find(({ path }) => path === "/admin/audit")!;
    const asked = (query: string) => call(rig, get, { cookie: rig.cookies.operator, query });
    expect((await asked("sort=at")).fields).toHaveProperty("sort");
    expect((await asked("limit=1&limit=2")).fields).toEqual({ limit: "is given twice" });
    for (const query of ["limit=0", "limit=201", "limit=1.5", "limit=x", "cursor=x", `cursor=${"a".repeat(600)}`])
      expect(await asked(query), query).toMatchObject({ status: 400, code: "invalid_value" });
  });

  it("a Host header of somebody else changes no address that is written (F123)", async () => {
    const response = await fetch(`${rig.gateway.url}/console/api/public/storefront`, {
      headers: { "x-forwarded-host": "evil.example", forwarded: "host=evil.example" },
    });
    expect(await response.text()).not.toContain("evil.example");
  });
});

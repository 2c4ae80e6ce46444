/**
 * b9, b11, b12, F127: every secret that there is, looked for in every answer that the console gives and in every cell of the database.
 * A route that is added is asked by itself; one with a name in its path that is not known here fails.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { API_PREFIX } from "../../src/console/document.ts";
import { Browser } from "../../src/console/people/fixtures.ts";
import { ROUTES } from "../../src/console/areas.ts";
import { EVENTS, type ConsoleRoute } from "../../src/console/route.ts";
import { chat } from "../console/ask.ts";
import { nameOf, openRig, type Rig, type Who } from "../console/rig.ts";
import { isOnPostgres } from "../database.ts";

const MASTER = "5b2f0c9e7a1d4836b2f0c9e7a1d48365";
/** What the house is told in its environment and its file. */
const GIVEN = {
  master: MASTER,
  "a provider's key of the file": "canary-file-key-0123456789",
  "the password of the mail server": "canary-mail-password",
};
const OWN_KEY = "canary-console-key-0123456789";

let rig: Rig;
/** By what they are. */
const secrets = new Map<string, string>(Object.entries(GIVEN));
/** For names in paths. */
const ids = new Map<string, string>();
const queries: Readonly<Record<string, string>> = {
  "/public/model": "id=sandbox/echo",
  "/admin/model": "id=sandbox/echo",
  "/admin/plan-preview": "model=sandbox/echo",
  "/admin/overview": `fromAt=${Date.now() - 86_400_000}&toAt=${Date.now()}`,
};

const browserOf = (who: Who): Browser => new Browser(rig.gateway.url).take(rig.cookies[who]);
const made = async (who: Who, at: string, body: object, method = "POST"): Promise<Record<string, unknown>> => {
  const answer = await browserOf(who).send(API_PREFIX + at, body, { method });
  expect(answer.status, `${at}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
};

beforeAll(async () => {
  const provider = { provider: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1" };
  rig = await openRig({
    config: {
      upstreams: [{ id: "lab", ...provider, apiKey: "${LAB_KEY}" }],
      plans: [{ id: "basic", discount: "10%", default: true }],
    },
    env: {
      FARTHING_SECRET: MASTER,
      LAB_KEY: GIVEN["a provider's key of the file"],
      SMTP_URL: `smtp://house:${GIVEN["the password of the mail server"]}@127.0.0.1:9`,
      MAIL_FROM: "house@example.test",
    },
  });
  const { ours, cookies } = rig;
  const account = `/accounts/${ours.accountPublicId}`;
  const key = (await made("owner", `${account}/keys`, { name: "One" })) as { key: { id: string }; secret: string };
  const hook = { url: "http://hook.example/in", newSecret: true };
  const webhook = await made("owner", `${account}/alerts/webhook`, hook, "PUT");
  const codes = await made("operator", "/admin/codes", { kind: "paid", amountNano: "1000000000", count: 1 });
  const [code] = codes["codes"] as { code: string }[];
  await made("operator", "/admin/upstreams", { id: "own", ...provider, apiKey: OWN_KEY });
  await made("operator", "/admin/invitations", { email: "guest@example.test", role: "customer" });
  secrets.set("a provider's key of the console", OWN_KEY);
  secrets.set("a customer's key", key.secret);
  secrets.set("another customer's key", rig.gateway.key);
  secrets.set("what webhooks are signed with", String(webhook["secret"]));
  secrets.set("a code for money", String(code?.code));
  for (const [who, cookie] of Object.entries(cookies))
    if (cookie !== "")
      secrets.set(`the session of ${who}`, decodeURIComponent(cookie.split("=")[1] ?? "").split(".")[0] ?? "");
  for (const [what, secret] of secrets) expect(secret.length, what).toBeGreaterThanOrEqual(12);
  ids.set("account", ours.accountPublicId);
  ids.set("person", ours.personId);
  ids.set("request", await chat(rig.gateway, ours.accountId));
  ids.set("invoice", "nothing_0");
});
afterAll(() => rig.close());

const expectNone = (text: string, where: string): void => {
  for (const [what, secret] of secrets) expect(text.includes(secret), `${what} is in ${where}`).toBe(false);
};

const addressOf = (route: ConsoleRoute): string => {
  let at = route.path;
  for (const [name, id] of ids) at = at.replace(`{${name}}`, id);
  expect(at, "a name in this path has no value in this test").not.toContain("{");
  const query = queries[route.path];
  return `${API_PREFIX}${at}${query === undefined ? "" : `?${query}`}`;
};

/** Those that end. */
const READ = ROUTES.filter(({ method, response }) => method === "get" && response !== EVENTS);

describe("no answer of the console holds a secret", () => {
  it.each(READ.map((route) => ({ name: nameOf(route), route })))("$name", async ({ route }) => {
    const who: Who = route.access.startsWith("admin:") ? "operator" : "owner";
    const answer = await browserOf(who).fetch(addressOf(route));
    const text = await answer.text();
    if (!route.path.includes("{invoice}")) expect(answer.status, text.slice(0, 200)).toBe(200);
    expectNone(`${JSON.stringify([...answer.headers])}\n${text}`, nameOf(route));
  });
});

describe("what is kept", () => {
  const tables = (): string[] => {
    const sql = isOnPostgres()
      ? "select table_name as name from information_schema.tables where table_schema = current_schema()"
      : "select name from sqlite_master where type = 'table'";
    return rig.gateway.query(sql).map(({ name }) => String(name));
  };

  it("holds none in any cell of the database", () => {
    expect(tables()).toContain("person_session");
    for (const table of tables())
      for (const row of rig.gateway.query(`select * from "${table}"`))
        for (const [column, value] of Object.entries(row)) {
          const text = value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
          expectNone(text, `${table}.${column}`);
        }
  });

  it("nor in any file of the data folder but the configuration itself", () => {
    for (const name of readdirSync(rig.gateway.dataDir, { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".yaml")) continue;
      const file = path.join(rig.gateway.dataDir, name);
      expectNone(readFileSync(file, "latin1"), name);
    }
  });
});

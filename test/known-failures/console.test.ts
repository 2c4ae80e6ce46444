/**
 * b4: who may enter is decided by the address that is served, whatever else a request says it is about. b9: what must be proved anew. And
 * of the checklist: a change that cannot be written to the audit log does not happen.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { ROUTES } from "../../src/console/areas.ts";
import { API_PREFIX } from "../../src/console/document.ts";
import { Browser } from "../../src/console/people/fixtures.ts";
import { runStatement } from "../../src/db/steps.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { rawRequest } from "../client.ts";
import { nameOf, openRig, type Rig, type Who } from "../console/rig.ts";
import { isOnPostgres } from "../database.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({
    config: {
      plans: [
        { id: "basic", discount: "0%", default: true },
        { id: "pro", discount: "50%" },
      ],
    },
  });
});
afterAll(() => rig.close());

describe("b4: another address in a header opens nothing", () => {
  const PUBLIC = `${API_PREFIX}/public/storefront`;
  const CLOSED = `${API_PREFIX}/admin/people`;
  const raw = (target: string, ...headers: string[]) =>
    rawRequest(rig.gateway.port, `GET ${target} HTTP/1.1\r\n${headers.join("\r\n")}\r\nConnection: close\r\n\r\n`);

  it.each([
    ["a host with a path", [`Host: a${PUBLIC}`]],
    ["a host with a question", [`Host: a${PUBLIC}?`]],
    ["a host with a fragment", [`Host: a${PUBLIC}#`]],
    ["a host with an at", [`Host: a${PUBLIC}@a`]],
    ["a host that is an address", [`Host: http://a${PUBLIC}`]],
    ["what proxies call the address", ["Host: a", `X-Original-URL: ${PUBLIC}`, `X-Rewrite-URL: ${PUBLIC}`]],
    ["what proxies call the path", ["Host: a", `X-Forwarded-Path: ${PUBLIC}`, `X-Forwarded-Prefix: ${PUBLIC}`]],
    ["what proxies call the host", ["Host: a", `X-Forwarded-Host: a${PUBLIC}`, `Forwarded: host="a${PUBLIC}"`]],
    [
      "what middlewares call the route",
      ["Host: a", `X-Matched-Path: ${PUBLIC}`, "X-Middleware-Subrequest: middleware"],
    ],
    ["another method in a header", ["Host: a", "X-HTTP-Method-Override: OPTIONS"]],
  ])("%s", async (_what, headers) => {
    const { status, text } = await raw(CLOSED, ...headers);
    expect([400, 401]).toContain(status);
    expect(text).not.toContain("example.test");
    // The other way about: what is open stays what it is.
    const open = await raw(PUBLIC, ...headers.map((header) => header.replaceAll(PUBLIC, CLOSED)));
    expect([200, 400]).toContain(open.status);
    expect(open.text).not.toContain("example.test");
  });

  it.each([
    `${PUBLIC}/../../admin/people`,
    `${PUBLIC}/..%2f..%2fadmin/people`,
    `${PUBLIC};/../admin/people`,
    `${API_PREFIX}/./admin/people`,
    `${API_PREFIX}//admin/people`,
    `${API_PREFIX}/admin//people`,
    `${API_PREFIX}/admin/people/`,
    `${API_PREFIX}/admin/people%00.css`,
    `${API_PREFIX}/ADMIN/people`,
    `${API_PREFIX}/%61dmin/people`,
    `/console\\api\\admin\\people`,
  ])("%s is nobody's way in", async (target) => {
    const { status, text } = await raw(target, "Host: a");
    expect([400, 401, 404]).toContain(status);
    expect(text).not.toContain("example.test");
  });
});

describe("b9: what is proved anew, whoever is signed in", () => {
  /** Keys that are shown, what providers are paid with, money, roles, exports, the end of an account. */
  const FRESH = [
    "DELETE /accounts/{account}/team/{person}",
    "DELETE /me/passkeys/{passkey}",
    "GET /admin/audit/file",
    "GET /admin/exports/accounts",
    "GET /admin/exports/prices",
    "GET /admin/exports/requests",
    "GET /admin/exports/transfers",
    "PATCH /accounts/{account}/team/{person}",
    "PATCH /admin/people/{person}",
    "PATCH /admin/plans/{plan}",
    "PATCH /admin/settings",
    "PATCH /admin/upstreams/{upstream}",
    "POST /accounts/{account}/keys",
    "POST /accounts/{account}/keys/{key}/rotate",
    "POST /accounts/{account}/settings/close",
    "POST /accounts/{account}/team/invitations",
    "POST /admin/accounts",
    "POST /admin/accounts/{account}/entries",
    "POST /admin/accounts/{account}/invitations",
    "POST /admin/accounts/{account}/view",
    "POST /admin/codes",
    "POST /admin/invitations",
    "POST /admin/people/{person}/end-sessions",
    "POST /admin/plans",
    "POST /admin/prices/publish",
    "POST /admin/prices/withdraw",
    "POST /admin/requests/{request}/refund",
    "POST /admin/upstreams",
    "POST /me/leave",
    "PUT /accounts/{account}/alerts/webhook",
  ];

  it.each(FRESH)("%s", (name) => {
    expect(ROUTES.find((route) => nameOf(route) === name)?.stepUp, "no such route, or it asks for no proof").toBe(true);
  });
});

describe("a change that cannot be written to the audit log does not happen", () => {
  const { refuse, allow } = {
    refuse: isOnPostgres()
      ? [
          "create function no_audit() returns trigger language plpgsql as $$ begin raise exception 'no audit'; end $$",
          "create trigger no_audit before insert on audit_log for each row execute function no_audit()",
        ]
      : ["create trigger no_audit before insert on audit_log begin select raise(abort, 'no audit'); end"],
    allow: isOnPostgres()
      ? ["drop trigger if exists no_audit on audit_log", "drop function if exists no_audit()"]
      : ["drop trigger if exists no_audit"],
  };
  const run = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await runStatement(rig.gateway.server.database, statement);
  };
  afterEach(() => run(allow));

  const CHANGES: readonly (readonly [who: Who, at: string, method: string, body: object, table: string])[] = [
    ["owner", "/accounts/OURS/keys", "POST", { name: "One" }, "api_key"],
    [
      "owner",
      "/accounts/OURS/alerts/webhook",
      "PUT",
      { url: "http://hook.example/in", newSecret: true },
      "alert_webhook",
    ],
    ["operator", "/admin/settings", "PATCH", { name: "Another name" }, "config_object"],
    ["operator", "/admin/codes", "POST", { kind: "paid", amountNano: "1000000000", count: 1 }, "redeem_code"],
    ["operator", "/admin/plans", "POST", { id: "new", discount: "10%" }, "config_object"],
    ["operator", "/admin/invitations", "POST", { email: "guest@example.test", role: "support" }, "invitation"],
    [
      "operator",
      "/admin/upstreams",
      "POST",
      { id: "own", provider: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: "k-0123456789" },
      "config_object",
    ],
    ["operator", "/admin/accounts/OURS/freeze", "POST", { reason: "test" }, "account"],
    ["operator", "/admin/accounts/OURS/plan", "PUT", { planId: "pro" }, "account"],
  ];

  it.each(CHANGES.map((change) => [`${change[2]} ${change[1]}`, ...change] as const))(
    "%s",
    async (_name, who, at, method, body, table) => {
      const { gateway, ours, cookies } = rig;
      const { accountId } = ours;
      await credit(gateway.server.database, {
        accountId,
        amount: 1_000_000_000n,
        reason: "t",
        actor: "t",
        idempotencyKey: null,
      });
      const rows = () => gateway.query(`select * from ${table} order by 1`);
      const before = rows();
      await run(refuse);
      const path = API_PREFIX + at.replace("OURS", ours.accountPublicId);
      const answer = await new Browser(gateway.url).take(cookies[who]).send(path, body, { method });
      expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(500);
      expect(JSON.stringify(answer.body)).not.toMatch(/audit|trigger|insert/);
      expect(rows()).toEqual(before);
    },
  );
});

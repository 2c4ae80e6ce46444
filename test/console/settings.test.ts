/** The storefront's settings by the operator: the same rows as the file writes, audited, in force at once, and kept by a restart. */
import { writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";

import { createAccount } from "../../src/accounts/store.ts";
import { loadCatalog } from "../../src/catalog/load.ts";
import { makeSecretBox } from "../../src/secret.ts";
import { applyFile } from "../../src/settings/apply.ts";
import { openRig, type Rig } from "./rig.ts";

const FILE = { storefront: { name: "Acme AI", support: "help@acme.example" } };

let rig: Rig;
beforeAll(async () => {
  rig = await openRig({ config: FILE });
});
afterAll(() => rig.close());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly items?: readonly Record<string, unknown>[] };
}

const ask = async (target: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetch(`${rig.gateway.url}/console/api${target}`, {
    ...init,
    headers: {
      cookie: rig.cookies.operator,
      ...(init.method === undefined ? {} : { origin: rig.gateway.url, "content-type": "application/json" }),
    },
  });
  return { status: response.status, body: (await response.json()) as Answer["body"] };
};
const patch = (body: object): Promise<Answer> =>
  ask("/admin/settings", { method: "PATCH", body: JSON.stringify(body) });

/** Applies the file again, as a restart does. */
const applyAgain = async (file: object): Promise<void> => {
  const text = stringify(file);
  writeFileSync(path.join(rig.gateway.dataDir, "farthing.yaml"), text);
  // The file holds no credential, so any box will do.
  const box = makeSecretBox("0".repeat(64));
  await applyFile(rig.gateway.server.database, box, { text, env: {}, actor: "test", catalog: loadCatalog() });
  await rig.gateway.server.refresh();
};

describe("the storefront", () => {
  it("is shown as it is in force, and which of it the file says", async () => {
    const { status, body } = await ask("/admin/settings");
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: "Acme AI", registration: "closed", startCreditNano: "0", warnings: [] });
    expect(body["fromFile"]).toEqual(["name", "support"]);
  });

  it("changes at once, with a row in the audit log that names fields and no values", async () => {
    const changed = await patch({
      name: "Bright AI",
      registration: "open",
      startCreditNano: "1500000000",
      brand: { accent: "#224466" },
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ name: "Bright AI", registration: "open", startCreditNano: "1500000000" });
    const { storefront } = rig.gateway.server.installation();
    expect(storefront).toMatchObject({ name: "Bright AI", startCredit: 1_500_000_000n, brand: { accent: "#224466" } });
    const { body: log } = await ask("/admin/audit?action=storefront.&limit=1");
    expect(log.items?.[0]).toMatchObject({
      actor: expect.stringMatching(/^user:/),
      action: "storefront.updated",
      object: "default",
      detail: { fields: "name,registration,brand,startCredit" },
    });
    expect(JSON.stringify(log)).not.toContain("Bright AI");
  });

  it("keeps a change over a restart, until the file itself says something new", async () => {
    await applyAgain(FILE);
    expect(rig.gateway.server.installation().storefront.name).toBe("Bright AI");
    await applyAgain({ storefront: { ...FILE.storefront, name: "Newer AI" } });
    expect(rig.gateway.server.installation().storefront).toMatchObject({ name: "Newer AI", registration: "open" });
  });

  it("goes back to what it was without being told, by null", async () => {
    expect((await patch({ registration: null, brand: null, startCreditNano: null })).body).toMatchObject({
      registration: "closed",
      startCreditNano: "0",
      brand: { accent: null },
    });
  });

  it("refuses what a file could not say, and changes nothing", async () => {
    const before = await ask("/admin/settings");
    for (const wrong of [
      { mounts: ["/console"] },
      { keyPrefix: "sk key" },
      { unit: "eur" },
      { startCreditNano: "-5" },
      { billingUrl: "javascript:alert(1)" },
      { brand: { accent: "red" } },
    ])
      expect(await patch({ ...wrong, name: "Never" }), JSON.stringify(wrong)).toMatchObject({ status: 400 });
    expect(await ask("/admin/settings")).toEqual(before);
  });
});

describe("the audit log", () => {
  it("is walked page by page, newest first, without a row lost or twice", async () => {
    const whole = (await ask("/admin/audit?limit=200")).body.items ?? [];
    expect(whole.length).toBeGreaterThan(5);
    const walked: Record<string, unknown>[] = [];
    for (let cursor = ""; ;) {
      const { body } = await ask(`/admin/audit?limit=3${cursor}`);
      walked.push(...(body.items ?? []));
      if (typeof body["next"] !== "string") break;
      cursor = `&cursor=${body["next"]}`;
    }
    expect(walked).toEqual(whole);
  });

  it("is filtered by who, what, of what and when", async () => {
    const actions = async (query: string) =>
      (await ask(`/admin/audit?${query}`)).body.items?.map((row) => row["action"]);
    const ofAccounts = new Set(await actions("action=account."));
    expect(ofAccounts).toContain("account.view");
    expect([...ofAccounts].filter((action) => !String(action).startsWith("account."))).toEqual([]);
    expect(await actions("action=account")).toEqual([]);
    expect(await actions(`object=${rig.theirs.accountPublicId}`)).toContain("account.create");
    expect(await actions("actor=nobody")).toEqual([]);
    expect(await actions("actor=%25")).toEqual([]);
    expect(await actions(`fromAt=${Date.now() + 60_000}`)).toEqual([]);
    expect((await actions(`toAt=${Date.now() + 60_000}`))?.length).toBeGreaterThan(0);
  });

  it("calls people and things by their names, and is filtered by them", async () => {
    const { kysely } = rig.gateway.server.database;
    const people = await kysely.selectFrom("person").select(["name", "email"]).where("role", "=", "operator").execute();
    const lines = async (query: string) => (await ask(`/admin/audit?${query}`)).body.items ?? [];
    const [changed] = await lines("action=storefront.updated");
    expect(people).toContainEqual({ name: changed?.["actorName"], email: changed?.["actorEmail"] });
    const meant = [
      changed?.["actor"],
      changed?.["actorName"],
      String(changed?.["actorEmail"]).slice(0, -2).toUpperCase(),
    ];
    for (const actor of meant)
      expect(
        await lines(`action=storefront.updated&actor=${encodeURIComponent(String(actor))}`),
        String(actor),
      ).toContainEqual(changed);
    const [opened] = await lines(`object=${rig.theirs.accountPublicId}&action=account.create`);
    const [account] = await kysely
      .selectFrom("account")
      .select("name")
      .where("public_id", "=", rig.theirs.accountPublicId)
      .execute();
    expect(opened?.["objectName"]).toBe(account?.name);
    // The configuration file, as the server started.
    const [started] = await lines("actor=configuration");
    expect(started).toMatchObject({ actor: "start", actorName: "configuration file, at start", actorEmail: null });
    expect(await lines("actor=system")).toEqual([]);
  });

  it("is whole, and says so until somebody changes a row", async () => {
    const { body } = await ask("/admin/audit/chain");
    expect(body).toMatchObject({ isWhole: true, broken: [], head: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("comes as a file, in which no name is a formula (F128)", async () => {
    await patch({ name: "=cmd()|'/c calc'!A1" });
    const response = await fetch(`${rig.gateway.url}/console/api/admin/audit/file?action=storefront.`, {
      headers: { cookie: rig.cookies.operator },
    });
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="audit.csv"');
    const text = await response.text();
    expect(text.split("\r\n")[0]).toBe("id,at,actor,actor_name,actor_email,action,object,object_name,detail");
    expect(text).toContain("storefront.updated");
    expect(text.endsWith("\r\n")).toBe(true);
    for (const line of text.trim().split("\r\n").slice(1))
      for (const cell of line.split(",")) expect(cell).not.toMatch(/^[=+@]/);
  });
});

describe("exports", () => {
  it("hold every account and every transfer, are named in the audit log, and end where the span of time does", async () => {
    const read = async (target: string): Promise<string[]> => {
      const response = await fetch(`${rig.gateway.url}/console/api/admin/exports/${target}`, {
        headers: { cookie: rig.cookies.operator },
      });
      expect(response.headers.get("content-type")).toContain("text/csv");
      return (await response.text()).trimEnd().split("\r\n");
    };
    const accounts = await read("accounts");
    expect(accounts[0]).toBe("id,name,plan,balance_usd,promo_usd,frozen,created_at");
    for (const id of [rig.gateway.publicId, rig.ours.accountPublicId, rig.theirs.accountPublicId])
      expect(accounts.filter((line) => line.startsWith(`${id},`))).toHaveLength(1);
    expect(accounts.find((line) => line.startsWith(rig.gateway.publicId))).toContain(",10,");
    const transfers = await read("transfers");
    expect(transfers[1]).toContain(`,credit,`);
    expect(transfers[1]).toContain(`,${rig.gateway.publicId},10,`);
    expect(await read("transfers?toAt=1")).toHaveLength(1);
    const { body } = await ask("/admin/audit?action=export.read");
    expect(body.items?.map((row) => row["object"])).toEqual(["transfers", "transfers", "accounts", "audit"]);
  });
});

it("exports hold a customer's name that is a formula as text (F128)", async () => {
  await createAccount(rig.gateway.server.database, { name: "=cmd()|'/c calc'!A1", planId: null, actor: "test" });
  const response = await fetch(`${rig.gateway.url}/console/api/admin/exports/accounts`, {
    headers: { cookie: rig.cookies.operator },
  });
  const text = await response.text();
  expect(text).toContain(",'=cmd()|'/c calc'!A1,");
  expect(text).not.toContain(",=cmd");
});

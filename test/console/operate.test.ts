/** What an operator does with customers' accounts and their money, through the console's API: found, moved once, frozen, proved. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { Browser } from "../../src/console/people/fixtures.ts";
import { expectBooksAgree } from "../provision.ts";
import { chat } from "./ask.ts";
import { openRig, type Rig, type Who } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());
afterEach(() => expectBooksAgree(rig.gateway.server));

const API = "/console/api/admin";
const as = (who: Who): Browser => new Browser(rig.gateway.url).take(rig.cookies[who]);

interface Account {
  readonly id: string;
  readonly name: string;
  readonly balanceNano: string;
  readonly promoNano: string;
  readonly isFrozen: boolean;
}

const find = async (query: string): Promise<readonly Account[]> =>
  (await as("operator").get(`${API}/accounts?${query}`)).body["items"] as Account[];

const detail = async (account: string): Promise<Record<string, unknown> & { readonly account: Account }> =>
  (await as("operator").get(`${API}/accounts/${account}`)).body as Record<string, unknown> & { account: Account };

const entry = (account: string, key: string | null, body: object, who: Who = "operator") =>
  as(who).send(
    `${API}/accounts/${account}/entries`,
    { direction: "credit", fund: "payment", amountNano: "1000000000", reason: "Wire transfer", ...body },
    key === null ? {} : { headers: { "idempotency-key": key } },
  );

const open = async (name: string): Promise<string> => {
  const made = await as("operator").send(`${API}/accounts`, { name });
  expect(made.status).toBe(201);
  return made.body["id"] as string;
};

describe("accounts", () => {
  it("are found by a part of the name, the owner, the id and the end of a key, and by nothing that only looks like it", async () => {
    const { ours } = rig;
    const id = await open("Per_cent 100% Ltd");
    await chat(rig.gateway, ours.accountId);
    const keys = await as("support").get(`${API}/accounts/${ours.accountPublicId}/keys`);
    const [{ masked }] = keys.body["items"] as [{ masked: string }];
    const searches: readonly (readonly [string, readonly string[]])[] = [
      ["cent 100%", [id]],
      ["PER_CENT", [id]],
      ["per%ltd", []],
      [id, [id]],
      [ours.email, [ours.accountPublicId]],
      [masked.slice(-4), [ours.accountPublicId]],
      ["acc_revenue", []],
    ];
    for (const [text, found] of searches)
      expect(
        (await find(`search=${encodeURIComponent(text)}`)).map((one) => one.id),
        text,
      ).toEqual(found);
    const [account] = await find(`search=${encodeURIComponent(ours.email)}`);
    expect(account).toMatchObject({ owner: ours.email, requests: 1 });
  });

  it("are listed page by page, each once", async () => {
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const page = (await as("auditor").get(`${API}/accounts?limit=2${cursor}`)).body;
      seen.push(...(page["items"] as Account[]).map(({ id }) => id));
      const next = page["next"] as string | null;
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(3);
  });

  it("are opened with an invitation for their owner, on a plan that there is", async () => {
    const refused = await as("operator").send(`${API}/accounts`, { name: "X", planId: "none" });
    expect([refused.status, refused.body.error?.fields]).toEqual([400, { planId: "is not a plan" }]);
    const made = await as("operator").send(`${API}/accounts`, { name: "New", email: "Owner@Example.com" });
    expect(made.body["link"]).toMatch(/\/invite\/./);
    expect(await detail(made.body["id"] as string)).toMatchObject({
      invited: [{ email: "owner@example.com", role: "owner" }],
    });
  });

  it("are frozen with a reason that stands beside them, and thawed", async () => {
    const id = await open("Frozen");
    const frozen = await as("support").send(`${API}/accounts/${id}/freeze`, { reason: "Stolen card" });
    expect(frozen.body).toMatchObject({ account: { isFrozen: true }, frozen: { reason: "Stolen card" } });
    expect((await find("state=frozen")).map((one) => one.id)).toContain(id);
    expect((await as("auditor").send(`${API}/accounts/${id}/thaw`, { reason: "x" })).status).toBe(403);
    const thawed = await as("support").send(`${API}/accounts/${id}/thaw`, { reason: "Cleared" });
    expect(thawed.body).toMatchObject({ account: { isFrozen: false }, frozen: null });
  });

  it("answer 404 for the ledger's own accounts and for keys of others", async () => {
    expect((await as("operator").get(`${API}/accounts/acc_revenue`)).status).toBe(404);
    const { ours, theirs } = rig;
    const keys = await as("operator").get(`${API}/accounts/${ours.accountPublicId}/keys`);
    const [{ id }] = keys.body["items"] as [{ id: string }];
    const other = await as("operator").send(`${API}/accounts/${theirs.accountPublicId}/keys/${id}/freeze`, {});
    expect(other.status).toBe(404);
    const own = await as("operator").send(`${API}/accounts/${ours.accountPublicId}/keys/${id}/freeze`, {});
    expect(own.body).toEqual({ status: "frozen" });
    await as("operator").send(`${API}/accounts/${ours.accountPublicId}/keys/${id}/thaw`, {});
  });
});

describe("entries", () => {
  it("of a double click and of two operators at once are one (E114, I-68)", async () => {
    const id = await open("Twice");
    const seen = String((await detail(id))["newestTransfer"]);
    const key = `${seen}-credit-payment-1000000000`;
    const sent = await Promise.all([
      entry(id, key, {}),
      entry(id, key, { reason: "Another operator" }),
      entry(id, key, {}),
    ]);
    expect(sent.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(sent.filter(({ body }) => body["replayed"] === false)).toHaveLength(1);
    expect((await detail(id)).account.balanceNano).toBe("1000000000");
    expect((await detail(id))["newestTransfer"]).not.toBe(seen);
  });

  it("with the key of another are refused, and change nothing", async () => {
    const id = await open("Other");
    await entry(id, "k", {});
    expect((await entry(id, "k", { amountNano: "2000000000" })).status).toBe(409);
    // The same key for another account is another entry.
    expect((await entry(await open("Third"), "k", {})).body["replayed"]).toBe(false);
    expect((await detail(id)).account.balanceNano).toBe("1000000000");
  });

  it.each([
    { name: "without a key", key: null, body: {}, status: 400 },
    { name: "of nothing", key: "a", body: { amountNano: "0" }, status: 400 },
    { name: "of less than nothing", key: "a", body: { amountNano: "-1" }, status: 400 },
    { name: "of more than 64 bits", key: "a", body: { amountNano: "99999999999999999999" }, status: 409 },
    { name: "without a reason", key: "a", body: { reason: "" }, status: 400 },
    { name: "with a blank reason", key: "a", body: { reason: "  " }, status: 409 },
    { name: "that take more than there is", key: "a", body: { direction: "debit", fund: "adjustment" }, status: 409 },
    { name: "that take what was given", key: "a", body: { direction: "debit", fund: "promo" }, status: 400 },
    { name: "by the support", key: "a", body: {}, who: "support", status: 403 },
    { name: "by an auditor", key: "a", body: {}, who: "auditor", status: 403 },
  ] as const)("$name are refused: $status (E115)", async ({ key, body, status, ...rest }) => {
    const id = await open("Refused");
    const answer = await entry(id, key, body, "who" in rest ? rest.who : "operator");
    expect([answer.status, (await detail(id)).account.balanceNano]).toEqual([status, "0"]);
  });

  it("given stand apart from those paid; the statement adds up and the debit is in it", async () => {
    const id = await open("Given");
    await entry(id, "1", {});
    await entry(id, "2", { fund: "promo", amountNano: "500000000" });
    await entry(id, "3", { direction: "debit", fund: "adjustment", amountNano: "200000000", reason: "Correction" });
    const { account } = await detail(id);
    expect(account).toMatchObject({ balanceNano: "1300000000" });
    const { items } = (await as("auditor").get(`${API}/accounts/${id}/entries`)).body as {
      items: { kind: string; amountNano: string; reason: string }[];
    };
    expect(items.map(({ kind }) => kind)).toEqual(["debit", "credit", "credit"]);
    expect(items.reduce((sum, { amountNano }) => sum + BigInt(amountNano), 0n)).toBe(1_300_000_000n);
  });
});

describe("requests", () => {
  it("are shown with upstream and cost, refunded up to their charge, the same refund once (§9.12)", async () => {
    const { ours } = rig;
    const request = await chat(rig.gateway, ours.accountId);
    await rig.gateway.row(request);
    const list = await as("support").get(`${API}/requests?account=${ours.accountPublicId}&limit=1`);
    expect(list.body["items"]).toMatchObject([{ id: request, account: ours.accountPublicId, upstream: "sandbox" }]);
    const shown = (await as("support").get(`${API}/requests/${request}`)).body as unknown as {
      refundableNano: string;
      attempts: unknown[];
    };
    expect(shown.attempts).toMatchObject([{ upstream: "sandbox", result: "ok" }]);
    const all = BigInt(shown.refundableNano);
    expect(all > 0n).toBe(true);
    const refund = (amount: bigint, key: string, who: Who = "operator") =>
      as(who).send(
        `${API}/requests/${request}/refund`,
        { amountNano: String(amount), reason: "Goodwill" },
        { headers: { "idempotency-key": key } },
      );
    expect((await refund(all + 1n, "more")).status).toBe(409);
    expect((await refund(all, "all", "support")).status).toBe(403);
    const twice = await Promise.all([refund(all, "0-all"), refund(all, "0-all")]);
    expect(twice.filter(({ body }) => body["replayed"] === false)).toHaveLength(1);
    expect((await refund(1n, "again")).status).toBe(409);
    expect((await as("operator").get(`${API}/requests/${request}`)).body["refundableNano"]).toBe("0");
  });

  it("and prices are files for operators and auditors, each named in the audit log", async () => {
    for (const what of ["requests", "prices"]) {
      expect((await as("support").fetch(`${API}/exports/${what}`)).status).toBe(403);
      const file = await as("auditor").fetch(`${API}/exports/${what}`);
      const [head, first] = (await file.text()).split("\r\n");
      expect([file.status, head?.includes("model"), first !== ""]).toEqual([200, true, true]);
    }
    const log = await as("auditor").get(`${API}/audit?action=export.&limit=5`);
    const written = JSON.stringify(log.body["items"]);
    expect(written).toContain("requests");
    expect(written).toContain("prices");
  });
});

describe("tasks", () => {
  it("stand in their list with what they hold, then with what they cost; cancelling too late changes nothing", async () => {
    const { gateway } = rig;
    const made = await fetch(`${gateway.url}/v1/videos/generations`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "sandbox/video", prompt: "Two cats", size: "9:16", duration: -1 }),
    });
    const { id } = (await made.json()) as { id: string };
    const stateOf = async (show: string): Promise<Record<string, unknown> | undefined> =>
      ((await as("support").get(`${API}/tasks?show=${show}`)).body["items"] as Record<string, unknown>[]).find(
        (task) => task["id"] === id,
      );
    const open = await stateOf("open");
    if (open !== undefined) expect(open).toMatchObject({ holdNano: "1640000000", chargeNano: null });
    await expect
      .poll(() => stateOf("ended"), { timeout: 20_000 })
      .toMatchObject({ state: "succeeded", chargeNano: "650000000" });
    expect((await as("support").send(`${API}/tasks/${id}/cancel`, {})).status).toBe(403);
    const late = await as("operator").send(`${API}/tasks/${id}/cancel`, {});
    expect([late.status, late.body["state"]]).toEqual([200, "succeeded"]);
    expect((await as("operator").send(`${API}/tasks/task_${"0".repeat(26)}/cancel`, {})).status).toBe(404);
    expect((await as("auditor").get(`${API}/task-sums`)).body).toMatchObject({ open: 0, heldNano: "0" });
  }, 30_000);
});

/** The events of an audit, by name. */
const auditNow = async (
  who: Who,
): Promise<{ readonly status: number; readonly events: readonly string[]; readonly end: unknown }> => {
  const response = await as(who).fetch(`${API}/ledger/audit`, { method: "POST", headers: { origin: rig.gateway.url } });
  const text = await response.text();
  const events = text.split("\n\n").filter(Boolean);
  const end = events.find((event) => event.startsWith("event: end"))?.split("data: ")[1];
  return { status: response.status, events, end: end === undefined ? null : JSON.parse(end) };
};

describe("the books", () => {
  it("sum to nothing, side by side, and name who is frozen and why (I-23)", async () => {
    const id = await open("Watched");
    await as("operator").send(`${API}/accounts/${id}/freeze`, { reason: "Look closer" });
    const ledger = (await as("auditor").get(`${API}/ledger`)).body as unknown as {
      sumNano: string;
      sides: { side: string; balanceNano: string }[];
      frozen: { id: string; reason: string }[];
      customers: { frozen: number };
    };
    expect(ledger.sumNano).toBe("0");
    expect(ledger.sides.reduce((sum, { balanceNano }) => sum + BigInt(balanceNano), 0n)).toBe(0n);
    expect(ledger.frozen).toContainEqual(expect.objectContaining({ id, reason: "Look closer" }));
  });

  it("are audited at hand, check by check, and the result is kept (I-70)", async () => {
    expect((await auditNow("support")).status).toBe(403);
    const { events, end } = await auditNow("auditor");
    expect(events.filter((event) => event.startsWith("event: step")).length).toBeGreaterThan(10);
    expect(end).toMatchObject({ disagreements: 0, found: [], frozen: [] });
    const { lastAudit } = (await as("operator").get(`${API}/ledger`)).body as unknown as { lastAudit: unknown };
    expect(lastAudit).toMatchObject({ disagreements: 0 });
  });

  it("are audited once at a time", async () => {
    const both = await Promise.all([auditNow("operator"), auditNow("auditor")]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect((await auditNow("auditor")).status).toBe(200);
  });
});

/** Sessions: their life and their end (F125), fresh proofs, second factors, roles. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn, signedIn, type Browser } from "../../src/console/people/fixtures.ts";
import { codeOf } from "./totp.ts";
import { MASTER, PASSWORD, registered, signIn, startHouse, tokenIn, type House } from "./house.ts";

const MINUTE_MS = 60_000;

let house: House;
beforeAll(async () => {
  house = await startHouse({ registration: "open", registrationsPerPeer: 50 });
});
afterAll(() => house.close());

const me = async (browser: Browser): Promise<number> => (await browser.get("/console/api/me")).status;

/** Moves the times of everybody's sessions back. */
const later = async (personId: string, column: "seen_at" | "created_at", byMs: number): Promise<void> => {
  const { database } = house.gateway.server;
  await database.kysely
    .updateTable("person_session")
    .set((expression) => ({ [column]: expression(column, "-", BigInt(byMs)) }))
    .where("person_id", "=", personId)
    .execute();
};

describe("a session (F125)", () => {
  it("is stored as a hash only, in a cookie that scripts cannot read", async () => {
    const browser = await registered(house, "hash@example.test");
    const token = decodeURIComponent(browser.cookies.get("farthing.session_token") ?? "").split(".")[0] ?? "";
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    const plain = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);
    for (const table of ["person_session", "person_proof", "person_device", "audit_log"])
      expect(JSON.stringify(house.gateway.query(`select * from ${table}`), plain)).not.toContain(token);
    const again = await signIn(house.browser(), "hash@example.test");
    const line = again.headers.getSetCookie().find((cookie) => cookie.startsWith("farthing.session_token="));
    expect(line).toContain("HttpOnly");
    expect(line).toContain("SameSite=Lax");
    expect(JSON.stringify(again.body)).not.toContain(token);
  });

  it("gets another token with every sign-in: one that was planted is worth nothing", async () => {
    const email = "fixed@example.test";
    const browser = await registered(house, email);
    const planted = browser.cookie;
    await signIn(browser, email);
    expect(browser.cookie).not.toBe(planted);
    expect(await me(browser)).toBe(200);
    expect(await me(house.browser().take(planted))).toBe(401);
  });

  it("ends with the sign-out, in every tab", async () => {
    const browser = await registered(house, "tabs@example.test");
    const other = house.browser().take(browser.cookie);
    expect(await me(other)).toBe(200);
    await browser.send("/console/auth/sign-out", {});
    expect(await me(browser)).toBe(401);
    expect(await me(other)).toBe(401);
  });

  it.each([
    ["half an hour without use", null, "seen_at", 30 * MINUTE_MS],
    ["twelve hours", null, "created_at", 12 * 60 * MINUTE_MS],
    ["a quarter of an hour without use, for who runs the installation", "operator", "seen_at", 15 * MINUTE_MS],
    ["eight hours, for who runs the installation", "operator", "created_at", 8 * 60 * MINUTE_MS],
  ] as const)("ends after %s", async (_what, role, column, ms) => {
    const somebody = await signedIn(house.gateway.server.database, { role });
    const browser = house.browser().take(somebody.cookie);
    await later(somebody.personId, column, ms - 20_000);
    expect(await me(browser)).toBe(200);
    await later(somebody.personId, column, ms);
    expect(await me(browser)).toBe(401);
  });

  it("ends everywhere else when the password is changed, and the old password with it", async () => {
    const email = "change@example.test";
    const browser = await registered(house, email);
    const other = house.browser();
    await signIn(other, email);
    const newPassword = "another harbour, 8 stones";
    const wrong = await browser.send("/console/auth/password", { currentPassword: "not the right one", newPassword });
    expect(wrong.status).toBe(401);
    expect((await browser.send("/console/auth/password", { currentPassword: PASSWORD, newPassword })).status).toBe(200);
    expect(await me(browser)).toBe(200);
    expect(await me(other)).toBe(401);
    expect((await signIn(house.browser(), email)).status).toBe(401);
    await house.letterTo(email, "password of your account was changed");
  });

  it("can be looked at and ended by its person, and by nobody else", async () => {
    const email = "list@example.test";
    const browser = await registered(house, email);
    const other = house.browser();
    await signIn(other, email);
    const listed = (await browser.get("/console/api/me/sessions")).body["items"] as { id: string; isThis: boolean }[];
    const foreign = listed.find(({ isThis }) => !isThis);
    const stranger = house.browser().take((await signedIn(house.gateway.server.database)).cookie);
    const path = `/console/api/me/sessions/${foreign?.id ?? ""}`;
    expect((await stranger.send(path, {}, { method: "DELETE" })).status).toBe(404);
    expect((await browser.send(path, {}, { method: "DELETE" })).status).toBe(204);
    expect(await me(other)).toBe(401);
    expect(await me(browser)).toBe(200);
  });

  it("is no key, and a key is no session", async () => {
    const browser = await registered(house, "key@example.test");
    const asked = await fetch(`${house.gateway.url}/v1/models`, { headers: { cookie: browser.cookie } });
    expect(asked.status).toBe(401);
    const headers = { authorization: `Bearer ${house.gateway.key}` };
    expect((await fetch(`${house.gateway.url}/console/api/me`, { headers })).status).toBe(401);
  });
});

describe("a forgotten password", () => {
  it("is replaced by the link of a mail, once; nobody is signed in by it, and every session ends", async () => {
    const email = "forgot@example.test";
    const browser = await registered(house, email);
    // A forged Host decides nothing about where the link leads (F123).
    await house.browser().send("/console/auth/forgot", { email }, { headers: { "x-forwarded-host": "evil.test" } });
    const letter = await house.letterTo(email, "/reset?token=");
    expect(letter).not.toContain("evil.test");
    const token = tokenIn(letter, "/reset?token=");
    const newPassword = "a third harbour with boats";
    const visitor = house.browser();
    expect((await visitor.send("/console/auth/reset", { token, newPassword: "password1234" })).status).toBe(400);
    expect((await visitor.send("/console/auth/reset", { token, newPassword })).body).toEqual({ next: "sign-in" });
    expect(visitor.cookies.has("farthing.session_token")).toBe(false);
    expect(await me(browser)).toBe(401);
    expect((await visitor.send("/console/auth/reset", { token, newPassword })).status).toBe(401);
    expect((await signIn(visitor, email, newPassword)).status).toBe(200);
  });

  it("gives the same answer for an address that nobody has", async () => {
    const answer = await house.browser().send("/console/auth/forgot", { email: "nobody@example.test" });
    expect(answer.body).toEqual({ next: "mail" });
    expect(house.letters.some((letter) => letter.includes("nobody@example.test"))).toBe(false);
  });
});

describe("codes of an app", () => {
  it("are asked for after the password, each taken once; recovery codes too", async () => {
    const email = "codes@example.test";
    const browser = await registered(house, email);
    expect((await browser.send("/console/auth/codes", { password: "wrong password" })).status).toBe(401);
    const { body } = await browser.send("/console/auth/codes", { password: PASSWORD });
    const [uri, recovery] = [String(body["uri"]), body["recoveryCodes"] as string[]];
    expect(recovery).toHaveLength(10);
    const now = Date.now();
    expect((await browser.send("/console/auth/codes/confirm", { code: codeOf(uri, now) })).body).toEqual({
      next: "done",
    });
    const stored = JSON.stringify(house.gateway.query("select secret, recovery_codes from person_second_factor"));
    expect(stored).not.toContain(new URL(uri).searchParams.get("secret"));
    expect(stored).not.toContain(recovery[0]);

    const visitor = house.browser();
    expect((await signIn(visitor, email)).body).toEqual({ next: "second-step" });
    expect(await me(visitor)).toBe(401);
    // The code that confirmed it was used.
    expect((await visitor.send("/console/auth/sign-in/code", { code: codeOf(uri, now) })).status).toBe(401);
    expect((await visitor.send("/console/auth/sign-in/code", { code: "000000" })).status).toBe(401);
    expect((await visitor.send("/console/auth/sign-in/code", { code: codeOf(uri, now + 30_000) })).body).toEqual({
      next: "done",
    });
    expect(await me(visitor)).toBe(200);

    const second = house.browser();
    await signIn(second, email);
    const code = (recovery[0] ?? "").toLowerCase().replaceAll("-", " ");
    expect((await second.send("/console/auth/sign-in/recovery", { code })).body).toEqual({ next: "done" });
    const third = house.browser();
    await signIn(third, email);
    expect((await third.send("/console/auth/sign-in/recovery", { code })).status).toBe(401);
    expect((await second.get("/console/api/me/sign-in")).body).toMatchObject({ hasCodes: true, recoveryCodesLeft: 9 });

    // A password alone proves nothing any more; a reset does not go around the codes.
    expect((await second.send("/console/api/me/step-up", { password: PASSWORD })).status).toBe(401);
    expect((await second.send("/console/api/me/step-up", { code: recovery[1] })).status).toBe(200);
    expect((await second.send("/console/auth/codes/remove", {})).body).toEqual({ next: "done" });
    expect((await signIn(house.browser(), email)).body).toEqual({ next: "done" });
  });
});

describe("a fresh proof", () => {
  it("opens for five minutes what asks for one, and gives the session another token", async () => {
    const { database } = house.gateway.server;
    const email = "fresh@example.test";
    const browser = await registered(house, email);
    const account = ((await browser.get("/console/api/me")).body["accounts"] as { id: string }[])[0]?.id ?? "";
    const invite = () =>
      browser.send(`/console/api/accounts/${account}/team/invitations`, { email: "x@example.test", role: "member" });
    await database.kysely
      .updateTable("person_session")
      .set({ proved_at: Date.now() - 6 * MINUTE_MS })
      .execute();
    expect((await invite()).body.error?.code).toBe("step_up_required");
    expect((await browser.send("/console/api/me/step-up", { password: "wrong password" })).status).toBe(401);
    expect((await invite()).status).toBe(403);
    const before = browser.cookie;
    expect((await browser.send("/console/api/me/step-up", { password: PASSWORD })).status).toBe(200);
    expect(browser.cookie).not.toBe(before);
    expect(await me(house.browser().take(before))).toBe(401);
    expect((await invite()).status).toBe(201);
    // The library takes the token that we wrote as well.
    expect((await browser.send("/console/auth/codes", { password: PASSWORD })).status).toBe(200);
  });
});

describe("roles and memberships", () => {
  it("change at once: sessions end, and the last operator stays", async () => {
    const { database } = house.gateway.server;
    await database.kysely.updateTable("person").set({ role: null }).execute();
    const boss = await signedIn(database, { role: "operator" });
    const other = await signedIn(database);
    const [operator, helper] = [house.browser().take(boss.cookie), house.browser().take(other.cookie)];
    const path = (id: string): string => `/console/api/admin/people/${id}`;
    expect((await operator.send(path(boss.personId), { role: null }, { method: "PATCH" })).status).toBe(409);
    expect((await operator.send(path(other.personId), { role: "auditor" }, { method: "PATCH" })).status).toBe(200);
    expect(await me(helper)).toBe(401);
    expect((await operator.send(path(other.personId), { isDisabled: true }, { method: "PATCH" })).status).toBe(200);
    const log = house.gateway.query("select action from audit_log where object = '" + other.personId + "' order by id");
    expect(log.map(({ action }) => action)).toEqual(["person.role", "person.disable"]);
  });

  it("keep an owner in every account, and strangers out of it", async () => {
    const { database } = house.gateway.server;
    const owner = await customerIn(database);
    const browser = house.browser().take(owner.cookie);
    const stranger = house.browser().take((await customerIn(database)).cookie);
    const path = `/console/api/accounts/${owner.accountPublicId}/team`;
    expect((await stranger.get(path)).status).toBe(404);
    expect((await browser.send("/console/api/me/leave", { account: owner.accountPublicId })).status).toBe(409);
    expect((await browser.send(`${path}/${owner.personId}`, { role: "member" }, { method: "PATCH" })).status).toBe(409);
    const email = "mate@example.test";
    await browser.send(`${path}/invitations`, { email, role: "member" });
    const token = tokenIn(await house.letterTo(email, "/invite/"), "/invite/");
    const mate = house.browser().take((await signedIn(database, { email })).cookie);
    expect((await stranger.send("/console/api/me/invitations", { token })).status).toBe(410);
    expect((await mate.send("/console/api/me/invitations", { token })).body).toEqual({
      account: owner.accountPublicId,
      signInAgain: false,
    });
    expect((await mate.get(path)).body["members"]).toHaveLength(2);
    expect((await mate.send(`${path}/invitations`, { email, role: "owner" })).status).toBe(403);
    expect((await mate.send("/console/api/me/leave", { account: owner.accountPublicId })).status).toBe(204);
    expect((await mate.get(path)).status).toBe(404);
  });

  it("let who works for the installation look into an account, with a reason, for half an hour", async () => {
    const { database } = house.gateway.server;
    const { accountPublicId } = await customerIn(database);
    const support = await signedIn(database, { role: "support" });
    const browser = house.browser().take(support.cookie);
    const team = `/console/api/accounts/${accountPublicId}/team`;
    const view = `/console/api/admin/accounts/${accountPublicId}/view`;
    expect((await browser.get(team)).status).toBe(404);
    expect((await browser.send(view, { reason: "Ticket 12" })).status).toBe(200);
    expect((await browser.get(team)).status).toBe(200);
    expect((await browser.send(`${team}/invitations`, { email: "a@example.test", role: "member" })).status).toBe(403);
    await database.kysely
      .updateTable("account_view")
      .set({ expires_at: 1 })
      .where("person_id", "=", support.personId)
      .execute();
    expect((await browser.get(team)).status).toBe(404);
    const [line] = house.gateway.query(
      `select detail from audit_log where action = 'account.view' and object = '${accountPublicId}'`,
    );
    expect(String(line?.["detail"])).toContain("Ticket 12");
  });
});

describe("a production installation", () => {
  it("keeps everything closed to its people until they have a second factor", async () => {
    const strict = await startHouse({}, { env: { NODE_ENV: "production", PUBLIC_URL: "http://house.example.test" } });
    const { database } = strict.gateway.server;
    const somebody = await signedIn(database, { role: "operator", master: MASTER });
    const origin = { origin: "http://house.example.test" };
    const browser = strict.browser().take(somebody.cookie);
    expect((await browser.get("/console/api/admin/people")).status).toBe(403);
    expect((await browser.get("/console/api/me")).body).toMatchObject({
      needsSecondFactor: true,
      installationRole: null,
    });
    const { body } = await browser.send("/console/auth/codes", {}, { headers: origin });
    const code = codeOf(String(body["uri"]), Date.now());
    await browser.send("/console/auth/codes/confirm", { code }, { headers: origin });
    expect((await browser.get("/console/api/admin/people")).status).toBe(200);
    await strict.close();
  });
});

/** How people come in: the first operator, registration by storefront, invitations, start credit. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { issueClaimCode } from "../../src/accounts/claim-store.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { signedIn } from "../../src/console/people/fixtures.ts";
import { MASTER, PASSWORD, registered, signIn, signUp, startHouse, tokenIn, type House } from "./house.ts";

const claim = (house: House, code: string, email: string) =>
  house.browser().send("/console/auth/claim", { code, name: "Olga Operator", email, password: PASSWORD });

describe("the first operator (F126)", () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse({}, { mail: false });
  });
  afterAll(() => house.close());

  it("is one, of two who race with the same code, and the code is not taken again", async () => {
    const isClaimed = async (): Promise<unknown> =>
      (await house.browser().get("/console/api/public/storefront")).body["isClaimed"];
    expect(await isClaimed()).toBe(false);
    const code = await issueClaimCode(house.gateway.server.database, "test");
    const answers = await Promise.all(
      ["one@example.test", "two@example.test"].map((email) => claim(house, code, email)),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 401]);
    expect((await claim(house, code, "three@example.test")).body.error?.code).toBe("wrong_proof");
    const operators = house.gateway.query("select email from person where role = 'operator'");
    expect(operators).toHaveLength(1);
    expect(await isClaimed()).toBe(true);
  });

  it("has an hour: an older code is refused, and so is one that a newer one replaced", async () => {
    const { database } = house.gateway.server;
    const old = await issueClaimCode(database, "test");
    await new Promise((resolve) => setTimeout(resolve, 5));
    const code = await issueClaimCode(database, "test");
    expect((await claim(house, old, "four@example.test")).status).toBe(401);
    await database.kysely
      .updateTable("admin_claim")
      .set({ created_at: 1, expires_at: 2 })
      .where("claimed_at", "is", null)
      .execute();
    expect((await claim(house, code, "four@example.test")).status).toBe(401);
  });

  it("has a password of at least fifteen characters, and nobody guesses codes quickly", async () => {
    const short = await house.browser().send("/console/auth/claim", {
      code: "none",
      name: "X",
      email: "x@example.test",
      password: "violet stone",
    });
    expect(short.body.error?.fields?.["password"]).toContain("15");
    let last = 0;
    for (let i = 0; i < 8 && last !== 429; i++) last = (await claim(house, `WRONG-${i}`, "y@example.test")).status;
    expect(last).toBe(429);
  });
});

describe("registration that is open, with mail", () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse({ name: "Acme AI", registration: "open", startCredit: "1.50", registrationsPerPeer: 6 });
  });
  afterAll(() => house.close());

  it("makes a person, a username, an account and its owner; money only once the address is proved", async () => {
    const email = "carla.customer@example.test";
    const browser = house.browser();
    expect((await signUp(browser, email)).body).toEqual({ next: "verify" });
    expect((await signIn(browser, email)).body.error?.message).toContain("not confirmed");
    expect(house.gateway.query("select count(*) as n from start_credit")[0]).toEqual({ n: 0n });
    const letter = await house.letterTo(email, "/verify?token=");
    expect(letter).toContain("Subject: Confirm your address at Acme AI");
    const token = tokenIn(letter, "/verify?token=");
    expect((await browser.send("/console/auth/verify", { token })).body).toEqual({ next: "sign-in" });
    expect((await signIn(browser, email)).body).toEqual({ next: "done" });
    const me = await browser.get("/console/api/me");
    expect(me.body).toMatchObject({
      email,
      username: "carla-customer",
      installationRole: null,
      isVerified: true,
      accounts: [{ name: "Carla Customer", role: "owner", members: 1 }],
    });
    const [made] = house.gateway.query("select a.id, a.public_id from account a where a.name = 'Carla Customer'");
    const { server } = house.gateway;
    const key = await createKey(server.database, {
      accountId: Number(made?.["id"]),
      name: "first",
      format: { prefix: "sk-far-", length: 40 },
      limits: NO_LIMITS,
      actor: "test",
    });
    await server.refresh();
    const profile = await fetch(`${house.gateway.url}/v1/profile`, { headers: { authorization: `Bearer ${key.key}` } });
    expect(await profile.json()).toMatchObject({ username: "carla-customer" });
    const [account] = house.gateway.query("select balance, promo from account where name = 'Carla Customer'");
    expect(account).toEqual({ balance: 1_500_000_000n, promo: 1_500_000_000n });
  });

  it("says the same to who has an account already, and tells the owner of the address", async () => {
    const again = await signUp(house.browser(), "carla.customer@example.test");
    expect(again.body).toEqual({ next: "verify" });
    expect(await house.letterTo("carla.customer@example.test", "tried to register")).toContain("/sign-in");
  });

  it("gives start credit to a mailbox, not to its spellings", async () => {
    await registered(house, "twin@example.test");
    await registered(house, "twin+second@example.test");
    const [row] = house.gateway.query(
      "select count(*) as n from transfer where reason = 'Start credit' and actor = 'system'",
    );
    expect(row).toEqual({ n: 2n });
  });

  it("is bounded by day and peer", async () => {
    const results = [];
    for (let i = 0; i < 4; i++) results.push((await signUp(house.browser(), `many-${i}@example.test`)).status);
    expect(results).toEqual([200, 200, 200, 429]);
  });

  it("takes no field that is not asked for (F122), no weak password and nobody's title", async () => {
    const browser = house.browser();
    expect((await signUp(browser, "m@example.test", { role: "operator" })).status).toBe(400);
    expect((await signUp(browser, "m@example.test", { emailVerified: true })).status).toBe(400);
    for (const password of ["password1234", "P@ssw0rd!P@ssw0rd!", "aaaaaaaaaaaaaa", "123456789012345", "short"])
      expect((await signUp(browser, "m@example.test", { password })).body.error?.fields).toHaveProperty("password");
    expect((await signUp(browser, "m@example.test", { username: "admin" })).body.error?.fields).toHaveProperty(
      "username",
    );
  });
});

describe("registration by invitation", () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse({ registration: "invite", startCredit: "2" });
  });
  afterAll(() => house.close());

  it("lets in whom an operator invited, once, and only them", async () => {
    const { database } = house.gateway.server;
    const operator = house.browser().take((await signedIn(database, { role: "operator" })).cookie);
    expect((await signUp(house.browser(), "nobody@example.test")).status).toBe(409);
    const made = await operator.send("/console/api/admin/invitations", {
      email: "guest@example.test",
      role: "customer",
    });
    expect(made.status).toBe(201);
    const token = tokenIn(await house.letterTo("guest@example.test", "/invite/"), "/invite/");
    const looked = await house.browser().send("/console/auth/invitation", { token });
    expect(looked.body).toMatchObject({ email: "guest@example.test", role: "customer", isKnown: false });
    expect((await signUp(house.browser(), "thief@example.test", { invitation: token })).status).toBe(400);
    const guest = house.browser();
    // The link came by mail, so the address is proved.
    expect((await signUp(guest, "guest@example.test", { invitation: token })).body).toEqual({ next: "done" });
    expect((await guest.get("/console/api/me")).body["accounts"]).toHaveLength(1);
    expect((await signUp(house.browser(), "guest@example.test", { invitation: token })).status).toBe(410);
    const [row] = house.gateway.query("select count(*) as n from start_credit");
    expect(row).toEqual({ n: 1n });
  });

  it("makes somebody work for the installation, without an account", async () => {
    const { database } = house.gateway.server;
    const operator = house.browser().take((await signedIn(database, { role: "operator", master: MASTER })).cookie);
    await operator.send("/console/api/admin/invitations", { email: "helper@example.test", role: "support" });
    const token = tokenIn(await house.letterTo("helper@example.test", "/invite/"), "/invite/");
    const helper = house.browser();
    expect((await signUp(helper, "helper@example.test", { invitation: token })).status).toBe(200);
    expect((await helper.get("/console/api/me")).body).toMatchObject({ installationRole: "support", accounts: [] });
  });

  it("ends after seven days, and when it is taken back", async () => {
    const { database } = house.gateway.server;
    const operator = house.browser().take((await signedIn(database, { role: "operator" })).cookie);
    const { body } = await operator.send("/console/api/admin/invitations", {
      email: "late@example.test",
      role: "customer",
    });
    const token = tokenIn(await house.letterTo("late@example.test", "/invite/"), "/invite/");
    await database.kysely
      .updateTable("invitation")
      .set({ expires_at: 1 })
      .where("id", "=", String(body["id"]))
      .execute();
    expect((await signUp(house.browser(), "late@example.test", { invitation: token })).status).toBe(410);
    const second = await operator.send("/console/api/admin/invitations", {
      email: "late@example.test",
      role: "customer",
    });
    const path = `/console/api/admin/invitations/${String(second.body["id"])}`;
    expect((await operator.send(path, {}, { method: "DELETE" })).status).toBe(204);
  });
});

describe("registration that is closed, without mail", () => {
  it("lets nobody in by themselves", async () => {
    const house = await startHouse({ registration: "closed" }, { mail: false });
    expect((await signUp(house.browser(), "nobody@example.test")).body.error?.message).toContain("invitation");
    await house.close();
  });
});

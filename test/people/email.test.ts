/** Changing one's address: who may, what proves it, who is told, and what ends with it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { customerIn, signedIn, type Browser } from "../../src/console/people/fixtures.ts";
import { MASTER, PASSWORD, registered, signIn, startHouse, tokenIn, type House } from "./house.ts";

let house: House;
beforeAll(async () => {
  house = await startHouse({ registration: "open", registrationsPerPeer: 50, startCredit: "2" });
});
afterAll(() => house.close());

const LINK = "/change-email?token=";

const wish = (browser: Browser, email: string) => browser.send("/console/auth/email", { email });
const confirm = (browser: Browser, token: string) => browser.send("/console/auth/email/confirm", { token });
const linkTo = async (email: string): Promise<string> => tokenIn(await house.letterTo(email, LINK), LINK);
const addressOf = async (browser: Browser): Promise<unknown> =>
  (await browser.get("/console/api/me").then(({ body }) => body))["email"];

/** Somebody signed in, without a registration that the peer's limits count. */
const somebody = async (order: { readonly agoMs?: number } = {}): Promise<readonly [Browser, string]> => {
  const customer = await customerIn(house.gateway.server.database, { master: MASTER, ...order });
  return [house.browser().take(customer.cookie), customer.email];
};

const audited = (action: string): readonly Record<string, unknown>[] =>
  house.gateway.query("select actor, detail from audit_log where action = ? order by id", action);

describe("another address", () => {
  it("is taken over when its link is followed, and everything of the old one ends", async () => {
    const [old, fresh] = ["moves@example.test", "moved@example.test"];
    const browser = await registered(house, old);
    const elsewhere = house.browser();
    await signIn(elsewhere, old);
    await house.browser().send("/console/auth/forgot", { email: old });
    const reset = tokenIn(await house.letterTo(old, "/reset?token="), "/reset?token=");

    expect(await wish(browser, " Moved@Example.TEST ")).toMatchObject({ status: 200, body: { next: "mail" } });
    await house.letterTo(old, fresh);
    // Nothing has happened yet.
    expect(await addressOf(browser)).toBe(old);
    expect((await signIn(house.browser(), fresh)).status).toBe(401);

    const before = browser.cookie;
    const token = await linkTo(fresh);
    expect((await confirm(browser, token)).status).toBe(200);
    expect(await addressOf(browser)).toBe(fresh);
    expect((await elsewhere.get("/console/api/me")).status).toBe(401);
    expect((await house.browser().take(before).get("/console/api/me")).status).toBe(401);
    await house.letterTo(old, `now ${fresh}`);
    // Once, and no more.
    expect((await confirm(browser, token)).status).toBe(401);

    expect((await signIn(house.browser(), old)).status).toBe(401);
    expect((await signIn(house.browser(), fresh)).status).toBe(200);
    const taken = await house.browser().send("/console/auth/reset", { token: reset, newPassword: `${PASSWORD} more` });
    expect(taken.status).toBe(401);
    expect(audited("person.email").map(({ detail }) => JSON.parse(String(detail)))).toContainEqual({
      before: old,
      after: fresh,
    });
    // The money of the start is a mailbox's, once; another address is no other person.
    const [credits] = house.gateway.query("select count(*) as count from start_credit");
    expect(Number(credits?.["count"])).toBe(1);
  });

  it("that is somebody's already is answered as any other, and that somebody is told", async () => {
    const [browser, own] = await somebody();
    const victim = await customerIn(house.gateway.server.database);
    const free = await wish(browser, "nobody-has-this@example.test");
    const taken = await wish(browser, victim.email);
    expect([taken.status, taken.body]).toEqual([free.status, free.body]);
    await house.letterTo(victim.email, "It is the address of yours");
    expect(
      house.letters.filter((letter) => letter.includes(`To: ${victim.email}`) && letter.includes("token")),
    ).toEqual([]);
    await house.letterTo(own, victim.email);
  });

  it("that went to somebody else before the link was followed is not taken", async () => {
    const [browser, own] = await somebody();
    const fresh = "race@example.test";
    await wish(browser, fresh);
    const token = await linkTo(fresh);
    await signedIn(house.gateway.server.database, { email: fresh });
    expect((await confirm(browser, token)).status).toBe(401);
    expect(await addressOf(browser)).toBe(own);
  });

  it("is confirmed by who asked alone: not by nobody, and not by whoever holds the link", async () => {
    const [browser, own] = await somebody();
    const [other, others] = await somebody();
    const fresh = "only-mine@example.test";
    await wish(browser, fresh);
    const token = await linkTo(fresh);
    expect((await confirm(house.browser(), token)).body.error?.code).toBe("sign_in_required");
    expect((await confirm(other, token)).status).toBe(401);
    expect(await addressOf(other)).toBe(others);
    expect(await addressOf(browser)).toBe(own);
    expect((await confirm(browser, token)).status).toBe(200);
  });

  it("is one at a time: the link of an earlier wish is worth nothing", async () => {
    const [browser, own] = await somebody();
    await wish(browser, "first-wish@example.test");
    const first = await linkTo("first-wish@example.test");
    await wish(browser, "second-wish@example.test");
    expect((await confirm(browser, first)).status).toBe(401);
    expect(await addressOf(browser)).toBe(own);
    expect((await confirm(browser, await linkTo("second-wish@example.test"))).status).toBe(200);
  });

  it("waits an hour for its link, and no longer", async () => {
    const [browser] = await somebody();
    const fresh = "late@example.test";
    await wish(browser, fresh);
    const token = await linkTo(fresh);
    await house.gateway.server.database.kysely
      .updateTable("person_proof")
      .set((expression) => ({ expires_at: expression("expires_at", "-", 3_600_000n) }))
      .where("value", "=", fresh)
      .execute();
    expect((await confirm(browser, token)).status).toBe(401);
  });

  it("asks for a fresh proof of who one is", async () => {
    const [browser] = await somebody({ agoMs: 10 * 60_000 });
    expect((await wish(browser, "stale@example.test")).body.error?.code).toBe("step_up_required");
    expect((await wish(house.browser(), "stale@example.test")).body.error?.code).toBe("sign_in_required");
  });

  it.each([
    ["that is none", "no address"],
    ["with a second line", "a@example.test\r\nBcc: b@example.test"],
  ])("%s is refused", async (_what, email) => {
    const [browser] = await somebody();
    expect((await wish(browser, email)).body.error?.fields).toEqual({ email: "is not an address" });
  });

  it("that is one's own is refused", async () => {
    const [browser, own] = await somebody();
    expect((await wish(browser, own.toUpperCase())).body.error?.fields).toEqual({ email: "is your address already" });
  });

  it("is wished for a few times, then ever more slowly: mail goes to strangers", async () => {
    await house.gateway.server.database.kysely.deleteFrom("attempt_pace").execute();
    const [browser] = await somebody();
    const answers: number[] = [];
    for (let turn = 0; turn < 7; turn++) answers.push((await wish(browser, `stranger-${turn}@example.test`)).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 200, 429]);
    // Others are not slowed down by it.
    const [other] = await somebody();
    expect((await wish(other, "stranger-8@example.test")).status).toBe(200);
  });
});

describe("in production without mail", () => {
  let silent: House;
  beforeAll(async () => {
    silent = await startHouse(
      {},
      { mail: false, env: { NODE_ENV: "production", PUBLIC_URL: "https://farthing.example.test" } },
    );
  });
  afterAll(() => silent.close());

  it("nobody changes an address by themselves", async () => {
    const { cookie } = await customerIn(silent.gateway.server.database, { master: MASTER });
    const browser = silent.browser().take(cookie.replace("farthing.", "__Host-farthing."));
    const headers = { origin: "https://farthing.example.test" };
    const answer = await browser.send("/console/auth/email", { email: "new@example.test" }, { headers });
    expect(answer.body.error?.code).toBe("conflict");
  });
});

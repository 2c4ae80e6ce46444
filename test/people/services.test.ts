/** Signing in by another service's word, through a real one on loopback: who is let in, who is not, and what is said of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Answer, Browser } from "../../src/console/people/fixtures.ts";
import { customerIn, signedIn } from "../../src/console/people/fixtures.ts";
import { PASSWORD, registered, signUp, startHouse, type House } from "./house.ts";
import { providerEnv, startProvider, type Known, type Provider } from "./provider.ts";

let provider: Provider;
let house: House;
beforeAll(async () => {
  provider = await startProvider();
  house = await startHouse(
    { registration: "open", startCredit: "2", registrationsPerPeer: 50 },
    { env: providerEnv(provider) },
  );
});
afterAll(async () => {
  await house.close();
  await provider.close();
});
const usual = { refusal: null, claims: {}, isForged: false, claimsIn: "id_token", state: "up" } as const;
beforeEach(() => {
  Object.assign(provider.manners, usual);
});

const begin = (browser: Browser): Promise<Answer> =>
  browser.send("/console/auth/sign-in/service", { provider: "oidc" });

/** Sends a browser there. @returns the address that it comes back with */
const there = async (browser: Browser): Promise<URL> => {
  const { status, body } = await begin(browser);
  if (status !== 200) throw new Error(`nobody was sent anywhere: ${JSON.stringify(body)}`);
  return await provider.authorize(String(body["url"]));
};

/** @returns where the browser is sent at the end */
const back = async (browser: Browser, url: URL): Promise<string> => {
  const response = await browser.fetch(`${url.pathname}${url.search}`);
  expect(response.status).toBe(302);
  return response.headers.get("location") ?? "";
};

const comeBy = async (browser: Browser, known?: Known): Promise<string> => {
  if (known !== undefined) provider.manners.known = known;
  return await back(browser, await there(browser));
};

const meOf = async (browser: Browser): Promise<Record<string, unknown> | null> => {
  const { status, body } = await browser.get("/console/api/me");
  return status === 200 ? body : null;
};

const people = (email: string): number => house.gateway.query("select id from person where email = ?", email).length;

const proved = (name: string): Known => ({
  sub: `sub-${name}`,
  email: `${name}@example.test`,
  email_verified: true,
  name: "Nora New",
});

describe("somebody new", () => {
  it("with a proved address gets an account, its money, and comes back as the same person", async () => {
    const browser = house.browser();
    expect(await comeBy(browser, proved("nora"))).toBe("/app");
    const me = await meOf(browser);
    expect(me).toMatchObject({ email: "nora@example.test", name: "Nora New", isVerified: true });
    expect(me?.["accounts"]).toHaveLength(1);
    expect(house.gateway.query("select amount from start_credit")).toEqual([{ amount: 2_000_000_000n }]);
    const again = house.browser();
    // By the subject, not by the address, which may change there.
    expect(await comeBy(again, { ...proved("nora"), email: "renamed@example.test" })).toBe("/app");
    expect((await meOf(again))?.["id"]).toBe(me?.["id"]);
    // What the service gave for itself is kept nowhere.
    for (const table of ["person", "person_login", "person_session", "person_proof", "audit_log"]) {
      const rows = JSON.stringify(house.gateway.query(`select * from ${table}`), (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      );
      for (const token of provider.tokens) expect(rows).not.toContain(token);
    }
  });

  it("is known by user info where the id token says no more than who", async () => {
    provider.manners.claimsIn = "userinfo";
    const browser = house.browser();
    expect(await comeBy(browser, proved("ursula"))).toBe("/app");
    expect(await meOf(browser)).toMatchObject({ email: "ursula@example.test" });
  });

  it.each([
    ["with an address that the service has not proved", { email_verified: false }],
    ["with an address of which the service says nothing", { email_verified: undefined }],
    ["with the word false, which is no truth value", { email_verified: "false" }],
    ["with the word true, which is none either", { email_verified: "true" }],
    ["without an address", { email: undefined }],
    ["with an address that is none", { email: "nobody" }],
  ])("%s is not let in, and holds no address", async (_what, change) => {
    const browser = house.browser();
    const known = { ...proved("unproved"), ...change };
    expect(await comeBy(browser, JSON.parse(JSON.stringify(known)) as Known)).toBe("/sign-in?error=unconfirmed");
    expect(await meOf(browser)).toBeNull();
    expect(people("unproved@example.test")).toBe(0);
  });

  it("with a name that is none is called by their username", async () => {
    const browser = house.browser();
    expect(await comeBy(browser, { ...proved("zoe"), name: "\u0000\n" })).toBe("/app");
    expect(await meOf(browser)).toMatchObject({ name: "zoe" });
  });
});

describe("somebody who has an account", () => {
  it("with the same proved address comes into it, and is told by mail that this works now", async () => {
    const email = "linked@example.test";
    const known = await registered(house, email);
    const browser = house.browser();
    expect(await comeBy(browser, proved("linked"))).toBe("/app");
    expect((await meOf(browser))?.["id"]).toBe((await meOf(known))?.["id"]);
    await house.letterTo(email, "from Acme ID");
    expect(house.gateway.query("select id from audit_log where action = 'person.link'")).not.toEqual([]);
  });

  it("is not theirs who has the address unproved at the service", async () => {
    const victim = await customerIn(house.gateway.server.database);
    const browser = house.browser();
    const known = { sub: "thief", email: victim.email, email_verified: false };
    expect(await comeBy(browser, known)).toBe("/sign-in?error=unconfirmed");
    expect(await meOf(browser)).toBeNull();
    expect(house.gateway.query("select id from person_login where provider_account = 'thief'")).toEqual([]);
  });

  it("that nobody has confirmed here is opened by nobody's word", async () => {
    // Somebody registered with another's address and waits for its owner.
    await signUp(house.browser(), "waiting@example.test", { password: PASSWORD });
    const browser = house.browser();
    expect(await comeBy(browser, proved("waiting"))).toBe("/sign-in?error=unconfirmed");
    expect(await meOf(browser)).toBeNull();
  });

  it("that was closed stays closed", async () => {
    const browser = house.browser();
    expect(await comeBy(browser, proved("gone"))).toBe("/app");
    await house.gateway.server.database.kysely
      .updateTable("person")
      .set({ disabled_at: 1 })
      .where("email", "=", "gone@example.test")
      .execute();
    const again = house.browser();
    expect(await comeBy(again, proved("gone"))).toBe("/sign-in?error=disabled");
    expect(await meOf(again)).toBeNull();
  });

  it("and codes of an app is not let past them", async () => {
    const { database } = house.gateway.server;
    const { personId } = await signedIn(database, { email: "codes@example.test" });
    await database.kysely.updateTable("person").set({ two_factor: 1 }).where("id", "=", personId).execute();
    const browser = house.browser();
    expect(await comeBy(browser, proved("codes"))).toBe("/sign-in?error=second-step");
    expect(await meOf(browser)).toBeNull();
  });

  it("leaves the session of whoever used the browser before", async () => {
    const browser = house.browser().take((await customerIn(house.gateway.server.database)).cookie);
    const before = house.browser().take(browser.cookie);
    expect(await meOf(before)).not.toBeNull();
    expect(await comeBy(browser, proved("next"))).toBe("/app");
    expect(await meOf(browser)).toMatchObject({ email: "next@example.test" });
    expect(await meOf(before)).toBeNull();
  });
});

describe("what comes back", () => {
  it("with the state of another browser lets nobody in", async () => {
    const [thief, victim] = [house.browser(), house.browser()];
    provider.manners.known = proved("thief");
    const url = await there(thief);
    await begin(victim);
    expect(await back(victim, url)).toBe("/sign-in?error=again");
    expect(await meOf(victim)).toBeNull();
  });

  it.each([
    ["with a state that nobody was given", { state: "x".repeat(32) }],
    ["without a state", { state: null }],
  ])("%s lets nobody in", async (_what, change: Readonly<Record<string, string | null>>) => {
    const browser = house.browser();
    const url = await there(browser);
    for (const [name, value] of Object.entries(change))
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    expect(await back(browser, url)).toBe("/sign-in?error=again");
    expect(await meOf(browser)).toBeNull();
  });

  it("works once", async () => {
    const browser = house.browser();
    provider.manners.known = proved("once");
    const url = await there(browser);
    const copy = house.browser().take(browser.cookie);
    expect(await back(browser, url)).toBe("/app");
    expect(await back(copy, url)).toBe("/sign-in?error=again");
    expect(await meOf(copy)).toBeNull();
  });

  it("with another's code lets nobody in: it was asked for with another secret", async () => {
    const [browser, other] = [house.browser(), house.browser()];
    provider.manners.known = proved("injected");
    const stolen = (await there(other)).searchParams.get("code") ?? "";
    const url = await there(browser);
    url.searchParams.set("code", stolen);
    expect(await back(browser, url)).toBe("/sign-in?error=failed");
    expect(await meOf(browser)).toBeNull();
  });

  it.each([
    ["cancelled", { error: "access_denied", error_description: "<b>You said no</b>" }, "cancelled"],
    ["refused", { error: "server_error", error_description: "<script>alert(1)</script>" }, "failed"],
    ["refused in words of its own", { error: "valueOf", error_description: "Call +1 555 0100" }, "failed"],
  ])("%s is said in our words alone", async (_what, refusal, error) => {
    provider.manners.refusal = refusal;
    expect(await comeBy(house.browser(), proved("refused"))).toBe(`/sign-in?error=${error}`);
  });

  it.each([
    ["signed by nobody's key", {}, true],
    ["for another client", { aud: "somebody-else" }, false],
    ["of another server", { iss: "https://evil.example" }, false],
    ["of another sign-in", { nonce: "another" }, false],
    ["without a nonce", { nonce: undefined }, false],
    ["that has ended", { exp: 1_000 }, false],
  ])("with an id token %s lets nobody in", async (_what, claims, isForged) => {
    Object.assign(provider.manners, { claims, isForged });
    const browser = house.browser();
    expect(await comeBy(browser, proved("forged"))).toBe("/sign-in?error=failed");
    expect(await meOf(browser)).toBeNull();
    expect(people("forged@example.test")).toBe(0);
  });

  it("from a service that is not on is no address of ours", async () => {
    const off = await house.browser().fetch("/console/auth/callback/github?code=x&state=y");
    expect(off.headers.get("location")).toBe("/sign-in?error=again");
    expect((await house.browser().get("/console/auth/callback/evil?code=x&state=y")).status).toBe(404);
    expect((await house.browser().send("/console/auth/sign-in/service", { provider: "github" })).status).toBe(404);
  });
});

describe("a service that does not answer", () => {
  it("when the code is exchanged is said to be away or failing, and the next try works", async () => {
    const browser = house.browser();
    provider.manners.known = proved("patient");
    const url = await there(browser);
    provider.manners.state = "failing";
    expect(await back(browser, url)).toBe("/sign-in?error=failed");
    provider.manners.state = "up";
    expect(await comeBy(browser)).toBe("/app");
  });

  it("at our start keeps nobody else out, and is asked again when somebody wants it", { timeout: 60_000 }, async () => {
    const late = await startProvider();
    late.manners.discovery = "silent";
    const other = await startHouse({ registration: "open" }, { env: providerEnv(late) });
    try {
      const email = "meanwhile@example.test";
      expect(await meOf(await registered(other, email))).toMatchObject({ email });
      const waiting = await begin(other.browser());
      expect([waiting.status, waiting.body.error?.code]).toEqual([503, "unavailable"]);
      late.manners.discovery = "failing";
      expect((await begin(other.browser())).status).toBe(503);
      late.manners.discovery = "up";
      expect((await begin(other.browser())).status).toBe(200);
      // It goes silent while somebody is there.
      late.manners.known = proved("stuck");
      const browser = other.browser();
      const url = await late.authorize(String((await begin(browser)).body["url"]));
      late.manners.state = "silent";
      expect(await back(browser, url)).toBe("/sign-in?error=away");
    } finally {
      await late.close();
      await other.close();
    }
  });
});

describe.each(["invite", "closed"])("where registration is %s", (registration) => {
  let own: House;
  beforeAll(async () => {
    own = await startHouse({ registration }, { env: { ...providerEnv(provider), OAUTH_OIDC_SECRET_IN: "body" } });
    provider.manners.secretIn = "body";
  });
  afterAll(async () => {
    provider.manners.secretIn = "header";
    await own.close();
  });

  it("nobody new is let in but who was invited; who is known comes in", async () => {
    const { database } = own.gateway.server;
    const stranger = own.browser();
    expect(await comeBy(stranger, proved("stranger"))).toBe("/sign-in?error=closed");
    expect(own.gateway.query("select id from person")).toEqual([]);

    const operator = await signedIn(database, { role: "operator" });
    const invitation = { email: "invited@example.test", role: "customer" };
    const sent = await own.browser().take(operator.cookie).send("/console/api/admin/invitations", invitation);
    expect(sent.status).toBe(201);
    const guest = own.browser();
    expect(await comeBy(guest, proved("invited"))).toBe("/app");
    expect((await meOf(guest))?.["accounts"]).toHaveLength(1);

    const { email } = await customerIn(database, { email: "known@example.test" });
    const known = own.browser();
    expect(await comeBy(known, proved("known"))).toBe("/app");
    expect(await meOf(known)).toMatchObject({ email });
  });
});

describe("a server that hands its addresses out itself", () => {
  let own: House;
  beforeAll(async () => {
    own = await startHouse(
      { registration: "open", startCredit: "2", registrationsPerPeer: 1 },
      { env: { ...providerEnv(provider), OAUTH_OIDC_TRUST_EMAIL: "true" } },
    );
  });
  afterAll(() => own.close());

  it("is believed without saying that they are proved, where the operator says so", async () => {
    const browser = own.browser();
    expect(await comeBy(browser, { sub: "7", email: "staff@example.test" })).toBe("/app");
    expect(await meOf(browser)).toMatchObject({ email: "staff@example.test", isVerified: true });
  });

  it("brings more people a day than one peer may register: each gets their start credit", async () => {
    for (const sub of ["8", "9"])
      expect(await comeBy(own.browser(), { sub, email: `colleague-${sub}@example.test` })).toBe("/app");
    const [credits] = own.gateway.query(
      "select count(*) as count from start_credit c join person p on p.id = c.person_id where p.email like 'colleague-%'",
    );
    expect(Number(credits?.["count"])).toBe(2);
  });
});

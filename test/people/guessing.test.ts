/** Guessing: slowed down by person and by peer, over processes, and never at the cost of whom it is about (F119, F120). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ENTRANCE_PATHS } from "../../src/console/people/entrance.ts";
import { registered, signIn, signUp, startHouse, type House } from "./house.ts";
import { codeOf } from "./totp.ts";
import { PASSWORD } from "./house.ts";

let house: House;
beforeAll(async () => {
  // The tests' own address is a proxy that is trusted, so that peers can be played.
  house = await startHouse(
    { registration: "open", registrationsPerPeer: 50 },
    { env: { TRUSTED_PROXIES: "127.0.0.1/32,10.0.0.0/8" } },
  );
});
afterAll(() => house.close());

const guess = (email: string, from: string) =>
  house
    .browser()
    .send(
      "/console/auth/sign-in",
      { email, password: "a guess of somebody" },
      { headers: { "x-forwarded-for": from } },
    );

describe("guessing (F119)", () => {
  it("is stopped by person, whatever peers it comes from; who it is about still gets in", async () => {
    const email = "victim@example.test";
    const known = await registered(house, email);
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await guess(email, `198.51.100.${i}`)).status);
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    const last = await guess(email, "198.51.100.99");
    expect(last.status).toBe(429);
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    // From a browser that was used before, the right password opens.
    await known.send("/console/auth/sign-out", {});
    expect((await signIn(known, email)).body).toEqual({ next: "done" });
    expect(house.gateway.query("select count(*) as n from audit_log where action = 'attempts.failed'")[0]).not.toEqual({
      n: 0n,
    });
  });

  it("does not keep out, from anywhere, who has the right password and a second step", async () => {
    const email = "stepped@example.test";
    const browser = await registered(house, email);
    const { body } = await browser.send("/console/auth/codes", { password: PASSWORD });
    const uri = String(body["uri"]);
    await browser.send("/console/auth/codes/confirm", { code: codeOf(uri, Date.now()) });
    for (let i = 0; i < 12; i++) await guess(email, `203.0.113.${i}`);
    expect((await guess(email, "203.0.113.99")).status).toBe(429);
    const elsewhere = house.browser();
    expect((await signIn(elsewhere, email)).body).toEqual({ next: "second-step" });
    const code = codeOf(uri, Date.now() + 30_000);
    expect((await elsewhere.send("/console/auth/sign-in/code", { code })).body).toEqual({ next: "done" });
  });

  it("is stopped by peer over many persons; what a client says of itself through no proxy of ours counts for nothing", async () => {
    let last = 0;
    for (let i = 0; i < 40 && last !== 429; i++)
      last = (await guess(`nobody-${i}@example.test`, `192.0.2.${i}, 192.0.2.200`)).status;
    expect(last).toBe(429);
  });

  it("counts tries that are made at once", async () => {
    const email = "crowd@example.test";
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => guess(email, `198.18.0.${i}`)));
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(6);
    expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
  });

  it("gives the same words for somebody and nobody", async () => {
    await registered(house, "same@example.test");
    const [one, two] = [
      await guess("same@example.test", "198.51.100.201"),
      await guess("none@example.test", "198.51.100.202"),
    ];
    expect(one.body).toEqual(two.body);
    expect(one.status).toBe(two.status);
  });

  it("has no end of letters: an address gets a few", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++)
      statuses.push((await house.browser().send("/console/auth/forgot", { email: "spam@example.test" })).status);
    expect(statuses.at(-1)).toBe(429);
  });
});

describe("what comes from elsewhere (F120)", () => {
  it.each(ENTRANCE_PATHS)("is not done: %s", async (path) => {
    const browser = house.browser();
    const foreign = await browser.send(path, {}, { headers: { origin: "https://evil.test" } });
    expect(foreign.status).toBe(403);
    const site = await browser.send(path, {}, { headers: { "sec-fetch-site": "cross-site" } });
    expect(site.status).toBe(403);
    const text = await browser.send(path, {}, { headers: { "content-type": "text/plain" } });
    expect(text.status).toBe(415);
    expect((await browser.fetch(path)).status).toBe(405);
  });

  it("finds none of the library's own addresses", async () => {
    for (const path of [
      "sign-in/email",
      "sign-up/email",
      "get-session",
      "list-sessions",
      "update-user",
      "two-factor/enable",
      "ok",
    ])
      expect((await house.browser().send(`/console/auth/${path}`, {})).status).toBe(404);
  });

  it("takes one more word for a registration than was asked for as a mistake", async () => {
    expect((await signUp(house.browser(), "extra@example.test", { __proto__: null, id: "usr_1" })).status).toBe(400);
  });
});

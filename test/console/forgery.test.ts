/** What another site, or a form with more fields than there are, can make the console do: nothing (F120, F122). */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";

import { ROUTES } from "../../src/console/areas.ts";
import { call, nameOf, openRig, UNSAFE, WITH_BODY, type Rig, type Who } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig.close());

/** Somebody whom the route would let in. */
const insider = (route: (typeof ROUTES)[number]): string => {
  const who: Who = route.access.startsWith("admin:") ? "operator" : "owner";
  return rig.cookies[who];
};

const rows = (routes: readonly (typeof ROUTES)[number][]) => routes.map((route) => ({ name: nameOf(route), route }));

describe("a request from another site (F120)", () => {
  it.each(rows(UNSAFE))("$name is refused, whatever it sends along", async ({ route }) => {
    const cookie = insider(route);
    const { url } = rig.gateway;
    const foreign = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "" },
      { origin: url, "sec-fetch-site": "cross-site" },
      { origin: url, "sec-fetch-site": "same-site" },
      { origin: url, "sec-fetch-site": "none" },
    ];
    for (const headers of foreign)
      expect(await call(rig, route, { cookie, headers, body: "{}" }), JSON.stringify(headers)).toMatchObject({
        status: 403,
        code: "cross_site",
      });
  });

  it.each(rows(WITH_BODY))("$name takes no form, which needs no permission of the browser's", async ({ route }) => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect(
        await call(rig, route, { cookie: insider(route), headers: { "content-type": type }, body: '{"a":1}' }),
        type,
      ).toMatchObject({ status: 415, code: "unsupported_media" });
  });

  it("nothing is changed by reading: no GET has a body, no unsafe route is a GET", () => {
    expect(ROUTES.filter(({ method, body }) => method === "get" && body !== undefined).map(nameOf)).toEqual([]);
  });
});

/** Every object within a schema that would take a member that it does not name. */
const openObjects = (schema: z.core.$ZodType, path = "body"): string[] => {
  const { def } = schema._zod as unknown as { def: Readonly<Record<string, unknown>> };
  const inner = (value: unknown, name: string): string[] =>
    typeof value === "object" && value !== null && "_zod" in value ? openObjects(value as z.core.$ZodType, name) : [];
  switch (def["type"]) {
    case "object": {
      const catchall = def["catchall"] as { _zod: { def: { type: string } } } | undefined;
      const own = catchall?._zod.def.type === "never" ? [] : [path];
      const members = Object.entries(def["shape"] as object).flatMap(([name, one]) => inner(one, `${path}.${name}`));
      return [...own, ...members];
    }
    case "any":
    case "unknown":
      return [path];
    case "union":
      return (def["options"] as unknown[]).flatMap((one, index) => inner(one, `${path}|${index}`));
    default:
      return ["innerType", "element", "in", "out", "valueType", "left", "right"].flatMap((name) =>
        inner(def[name], path),
      );
  }
};

/** What a browser's own interface makes is taken whole, and read by the library that knows it. */
const OTHERS_WORDS: readonly string[] = ["POST /me/step-up passkey"];

describe("more fields than there are (F122)", () => {
  const SMUGGLED =
    '{"no_such_field":1,"role":"operator","balance":"1","account_id":1,"installationRole":"operator","constructor":{},"__proto__":{"role":"operator"}}';

  it.each(rows(WITH_BODY))("$name refuses them by name", async ({ route }) => {
    const answer = await call(rig, route, { cookie: insider(route), body: SMUGGLED });
    expect(answer).toMatchObject({ status: 400, code: "invalid_value" });
    expect(Object.keys(answer.fields)).not.toEqual([]);
  });

  it.each(rows(WITH_BODY))("$name has no object that takes what it does not name", ({ route }) => {
    const open = route.body === undefined ? [] : openObjects(route.body, nameOf(route));
    expect(open.map((place) => place.replace(".", " ")).filter((place) => !OTHERS_WORDS.includes(place))).toEqual([]);
  });

  it("no route answers with more than its schema names", () => {
    const open = ROUTES.flatMap((route) =>
      typeof route.response === "object" ? openObjects(route.response, nameOf(route)) : [],
    );
    expect(open).toEqual([]);
  });
});

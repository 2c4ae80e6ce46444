/**
 * The authorization matrix (F121): every route of the table, by everybody, for their own account and for another's. What is expected is
 * written here by hand for each access; a route gets its row by the access that it has, and one without a row does not compile.
 *
 * Who is let in is stopped a step later, by a query that no route takes: nothing is read or changed, and the answer says that the guard
 * has let them pass.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Access } from "../../src/console/access.ts";
import { ROUTES } from "../../src/console/areas.ts";
import { call, nameOf, openRig, WHO, type Rig, type Who } from "./rig.ts";

let fresh: Rig;
let stale: Rig;
beforeAll(async () => {
  fresh = await openRig();
  stale = await openRig({}, 10 * 60_000);
});
afterAll(async () => {
  await fresh.close();
  await stale.close();
});

/** What the guard says. */
type Cell = "in" | "sign in" | "forbidden" | "missing";
type Row = Readonly<Record<Who, Cell>>;

const row = (owner: Cell, member: Cell, stranger: Cell, ...staff: readonly [Cell, Cell, Cell, Cell]): Row => {
  const [operator, support, auditor, visitor] = staff;
  return { anonymous: "sign in", owner, member, stranger, operator, support, auditor, visitor };
};
const all = (cell: Cell): Row => row(cell, cell, cell, cell, cell, cell, cell);

/** For the account of `owner` and `member`; routes without an account have only this. */
const OURS = {
  public: { ...all("in"), anonymous: "in" },
  user: all("in"),
  "account:read": row("in", "in", "missing", "missing", "missing", "missing", "in"),
  "account:write": row("in", "in", "missing", "missing", "missing", "missing", "forbidden"),
  "account:own": row("in", "forbidden", "missing", "missing", "missing", "missing", "forbidden"),
  "admin:read": row("forbidden", "forbidden", "forbidden", "in", "in", "in", "in"),
  "admin:support": row("forbidden", "forbidden", "forbidden", "in", "in", "forbidden", "in"),
  "admin:audit": row("forbidden", "forbidden", "forbidden", "in", "forbidden", "in", "forbidden"),
  "admin:write": row("forbidden", "forbidden", "forbidden", "in", "forbidden", "forbidden", "forbidden"),
} as const satisfies Record<Access, Row>;

/** For the account of `stranger`: its owner alone. */
const theirs = (access: Access): Row =>
  access.startsWith("account:") ? { ...all("missing"), stranger: "in" } : OURS[access];
/** For an account that there is not. */
const nobodys = (access: Access): Row => (access.startsWith("account:") ? all("missing") : OURS[access]);

const ANSWERS = {
  in: { status: 400, code: "invalid_value" },
  "sign in": { status: 401, code: "sign_in_required" },
  forbidden: { status: 403, code: "forbidden" },
  missing: { status: 404, code: "not_found" },
} as const satisfies Record<Cell, object>;

const QUERY = "no-route-takes-this=1";

const rowOf = async (rig: Rig, route: (typeof ROUTES)[number], account: string): Promise<Record<string, unknown>> => {
  const cells = WHO.map(async (who) => {
    const { status, code } = await call(rig, route, { cookie: rig.cookies[who], account, query: QUERY });
    return [who, { status, code }] as const;
  });
  return Object.fromEntries(await Promise.all(cells));
};

const expected = (cells: Row): Record<string, unknown> =>
  Object.fromEntries(WHO.map((who) => [who, ANSWERS[cells[who]]]));

describe("who may call a route (F121)", () => {
  it.each(ROUTES.map((route) => ({ name: nameOf(route), access: route.access, route })))(
    "$name ($access)",
    async ({ route, access }) => {
      // An operator's route may name any account: whose it is does not matter there.
      const accounts = [
        [fresh.ours.accountPublicId, OURS[access]],
        [fresh.theirs.accountPublicId, theirs(access)],
        ["acc_00000000000000000000000000", nobodys(access)],
      ] as const;
      for (const [account, cells] of route.path.includes("{account}") ? accounts : accounts.slice(0, 1))
        expect(await rowOf(fresh, route, account)).toEqual(expected(cells));
    },
  );

  it("no route stands twice, and each has a sentence that says what it does", () => {
    const names = ROUTES.map(nameOf);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
    for (const route of ROUTES) expect(route.summary, nameOf(route)).toMatch(/^[A-Z`].{8,}\.$/s);
  });

  it("an access to an account stands where there is one", () => {
    for (const route of ROUTES)
      if (route.access.startsWith("account:"))
        expect(route.path, nameOf(route)).toMatch(/^\/accounts\/\{account\}(\/|$)/);
      else expect(route.path, nameOf(route)).not.toMatch(/^\/accounts\//);
  });
});

describe("what asks for a fresh proof", () => {
  it.each(ROUTES.filter(({ stepUp }) => stepUp).map((route) => ({ name: nameOf(route), route })))(
    "$name is refused ten minutes after the sign-in",
    async ({ route }) => {
      const who: Who = route.access.startsWith("admin:") ? "operator" : "owner";
      const answer = await call(stale, route, { cookie: stale.cookies[who], query: QUERY });
      expect(answer).toMatchObject({ status: 403, code: "step_up_required" });
    },
  );

  it("nothing else is", async () => {
    for (const route of ROUTES) {
      if (route.stepUp) continue;
      const who: Who = route.access.startsWith("admin:") ? "operator" : "owner";
      const { code } = await call(stale, route, { cookie: stale.cookies[who], query: QUERY });
      expect(code, nameOf(route)).toBe("invalid_value");
    }
  });
});

describe("an API key", () => {
  it("opens no route of the console, and a session no route of the gateway", async () => {
    const [route] = ROUTES.filter(({ access }) => access === "user");
    const { key, url } = fresh.gateway;
    const byKey = { authorization: `Bearer ${key}`, "x-api-key": key };
    expect(await call(fresh, route!, { headers: byKey })).toMatchObject({ status: 401 });
    const response = await fetch(`${url}/v1/profile`, { headers: { cookie: fresh.cookies.owner } });
    expect(response.status).toBe(401);
  });
});

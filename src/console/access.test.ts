import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ACCESSES, allowedTo, enteredBy, mayEnter, STEP_UP_MS, VERDICTS, type Access, type Verdict } from "./access.ts";
import { ACCOUNT_ROLES, INSTALLATION_ROLES, type AccountName, type Viewer } from "./viewer.ts";

const NOW = 1_800_000_000_000;
const OURS: AccountName = { accountId: 1, accountPublicId: "acc_ours" };
const THEIRS: AccountName = { accountId: 2, accountPublicId: "acc_theirs" };

const person = (change: Partial<Viewer> = {}): Viewer => ({
  userId: "1",
  publicId: "usr_1",
  email: "ann@example.org",
  name: "Ann",
  installationRole: null,
  memberships: [],
  views: [],
  sessionId: "1",
  signedInAt: NOW,
  steppedUpAt: NOW,
  needsSecondFactor: false,
  ...change,
});

const WHO = {
  nobody: null,
  stranger: person({ memberships: [{ ...THEIRS, role: "owner" }] }),
  member: person({ memberships: [{ ...OURS, role: "member" }] }),
  owner: person({ memberships: [{ ...OURS, role: "owner" }] }),
  operator: person({ installationRole: "operator" }),
  support: person({ installationRole: "support" }),
  auditor: person({ installationRole: "auditor" }),
  looking: person({ installationRole: "support", views: [OURS] }),
} as const;

/** Each cell is decided here by hand; the code must agree with all of them. */
const EXPECTED: Readonly<Record<Access, Readonly<Record<keyof typeof WHO, Verdict>>>> = {
  public: {
    nobody: "ok",
    stranger: "ok",
    member: "ok",
    owner: "ok",
    operator: "ok",
    support: "ok",
    auditor: "ok",
    looking: "ok",
  },
  user: {
    nobody: "sign-in",
    stranger: "ok",
    member: "ok",
    owner: "ok",
    operator: "ok",
    support: "ok",
    auditor: "ok",
    looking: "ok",
  },
  "account:read": {
    nobody: "sign-in",
    stranger: "missing",
    member: "ok",
    owner: "ok",
    operator: "missing",
    support: "missing",
    auditor: "missing",
    looking: "ok",
  },
  "account:write": {
    nobody: "sign-in",
    stranger: "missing",
    member: "ok",
    owner: "ok",
    operator: "missing",
    support: "missing",
    auditor: "missing",
    looking: "forbidden",
  },
  "account:own": {
    nobody: "sign-in",
    stranger: "missing",
    member: "forbidden",
    owner: "ok",
    operator: "missing",
    support: "missing",
    auditor: "missing",
    looking: "forbidden",
  },
  "admin:read": {
    nobody: "sign-in",
    stranger: "forbidden",
    member: "forbidden",
    owner: "forbidden",
    operator: "ok",
    support: "ok",
    auditor: "ok",
    looking: "ok",
  },
  "admin:support": {
    nobody: "sign-in",
    stranger: "forbidden",
    member: "forbidden",
    owner: "forbidden",
    operator: "ok",
    support: "ok",
    auditor: "forbidden",
    looking: "ok",
  },
  "admin:audit": {
    nobody: "sign-in",
    stranger: "forbidden",
    member: "forbidden",
    owner: "forbidden",
    operator: "ok",
    support: "forbidden",
    auditor: "ok",
    looking: "forbidden",
  },
  "admin:write": {
    nobody: "sign-in",
    stranger: "forbidden",
    member: "forbidden",
    owner: "forbidden",
    operator: "ok",
    support: "forbidden",
    auditor: "forbidden",
    looking: "forbidden",
  },
};

describe("who may enter (F121)", () => {
  const cells = ACCESSES.flatMap((access) =>
    (Object.keys(WHO) as (keyof typeof WHO)[]).map((who) => ({ access, who, verdict: EXPECTED[access][who] })),
  );
  it.each(cells)("$access: $who is told $verdict", ({ access, who, verdict }) => {
    const account = access.startsWith("account:") ? OURS.accountPublicId : null;
    expect(mayEnter(WHO[who], { access, stepUp: false }, { account, now: NOW })).toBe(verdict);
  });

  it("a view of somebody without a role in the installation opens nothing", () => {
    const former = person({ views: [OURS] });
    expect(enteredBy(former, OURS.accountPublicId)).toBeNull();
  });

  it.each([
    { name: "just now", age: 0, verdict: "ok" },
    { name: "at the limit", age: STEP_UP_MS, verdict: "ok" },
    { name: "too long ago", age: STEP_UP_MS + 1, verdict: "step-up" },
    { name: "in the future, as after a clock that was set back", age: -1, verdict: "step-up" },
  ])("a proof $name: $verdict", ({ age, verdict }) => {
    const viewer = person({ installationRole: "operator", steppedUpAt: NOW - age });
    expect(mayEnter(viewer, { access: "admin:write", stepUp: true }, { account: null, now: NOW })).toBe(verdict);
  });

  it("is total, and what asks for more never lets in who was kept out", () => {
    const name = fc.constantFrom(OURS, THEIRS);
    const viewer = fc.option(
      fc
        .record({
          installationRole: fc.option(fc.constantFrom(...INSTALLATION_ROLES)),
          memberships: fc.array(fc.tuple(name, fc.constantFrom(...ACCOUNT_ROLES)), { maxLength: 2 }),
          views: fc.array(name, { maxLength: 2 }),
          age: fc.integer({ min: -10, max: STEP_UP_MS * 2 }),
        })
        .map(({ installationRole, memberships, views, age }) =>
          person({
            installationRole,
            memberships: memberships.map(([account, role]) => ({ ...account, role })),
            views,
            steppedUpAt: NOW - age,
          }),
        ),
    );
    fc.assert(
      fc.property(
        viewer,
        fc.constantFrom(...ACCESSES),
        fc.constantFrom("acc_ours", "acc_none", null),
        (who, access, account) => {
          const plain = mayEnter(who, { access, stepUp: false }, { account, now: NOW });
          const fresh = mayEnter(who, { access, stepUp: true }, { account, now: NOW });
          expect(VERDICTS).toContain(plain);
          if (fresh !== "step-up") expect(fresh).toBe(plain);
          if (plain === "ok" && access.startsWith("account:"))
            expect(who !== null && enteredBy(who, account) !== null).toBe(true);
        },
      ),
    );
  });
});

describe("what somebody is told that they may", () => {
  it.each(Object.entries(WHO).flatMap(([name, who]) => (who === null ? [] : [[name, who] as const])))(
    "is what the guard lets %s do, a fresh proof aside",
    (name, who) => {
      const { installation, accounts } = allowedTo(who);
      const ours = accounts.find(({ id }) => id === OURS.accountPublicId)?.may ?? [];
      const told = ACCESSES.filter((access) => installation.includes(access) || ours.includes(access));
      const guarded = ACCESSES.filter((access) => access !== "public" && access !== "user");
      expect(told).toEqual(guarded.filter((access) => EXPECTED[access][name as keyof typeof WHO] === "ok"));
    },
  );

  it("names no account that somebody cannot enter", () => {
    expect(allowedTo(WHO.operator).accounts).toEqual([]);
    expect(allowedTo(WHO.stranger).accounts.map(({ id }) => id)).toEqual([THEIRS.accountPublicId]);
  });
});

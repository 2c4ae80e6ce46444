import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { signedIn } from "../console/people/fixtures.ts";
import { DATABASES, testDatabase, type TestDatabase } from "../db/fixtures.ts";
import { runCommandLine } from "./main.ts";

describe.each(DATABASES)("people on the command line, on %s", (kind) => {
  let test: TestDatabase;
  beforeEach(async () => {
    test = await testDatabase(kind);
  });
  afterEach(() => test.remove());

  const run = async (...words: string[]): Promise<{ code: number; json: Record<string, unknown> }> => {
    let out = "";
    const code = await runCommandLine([...words, "--json"], {
      env: test.env,
      cwd: "/",
      out: (text) => (out += text),
      err: () => undefined,
    });
    return { code, json: JSON.parse(out) as Record<string, unknown> };
  };

  it("are listed, given roles, shut out, and their sessions ended", async () => {
    const { email, personId } = await signedIn(test.database);
    expect((await run("user", "sessions-revoke", email)).json).toEqual({ id: personId, ended: 1 });
    expect((await run("user", "role", email, "operator")).json).toMatchObject({ role: "operator" });
    expect((await run("user", "list", "--staff")).json).toMatchObject([{ email, role: "operator" }]);
    // Who has the machine may do what the console refuses: take the last operator's role.
    expect((await run("user", "role", personId, "none")).json).toMatchObject({ role: null });
    expect((await run("user", "disable", email)).json).toMatchObject({ disabled: true });
    expect((await run("user", "enable", email)).json).toMatchObject({ disabled: false });
    expect((await run("user", "factors-remove", email)).code).toBe(0);
  });

  it("get another address, which nobody else has, and nothing of the old one goes on", async () => {
    const [one, other] = [await signedIn(test.database), await signedIn(test.database)];
    expect((await run("user", "email", one.email, other.email)).code).toBe(1);
    expect((await run("user", "email", one.email, "no address")).code).toBe(2);
    expect((await run("user", "email", one.email, "New@Example.test")).json).toMatchObject({
      id: one.personId,
      email: "new@example.test",
      verified: true,
    });
    expect((await run("user", "sessions-revoke", "new@example.test")).json).toMatchObject({ ended: 0 });
    expect((await run("user", "sessions-revoke", other.email)).json).toMatchObject({ ended: 1 });
  });

  it("that nobody knows, and roles that do not exist, are refused", async () => {
    expect((await run("user", "role", "nobody@example.test", "operator")).code).toBe(1);
    expect((await run("user", "role", "nobody@example.test", "king")).code).toBe(2);
  });

  it("get a code that makes the first operator", async () => {
    const { json } = await run("admin-code");
    expect(String(json["code"]).split("-")).toHaveLength(7);
  });
});

/** Documents that repeat what the code decides are compared with it: errors, commands, providers. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

import { COMMANDS } from "../src/cli/main.ts";
import { ERROR_CODES, errorRow, GatewayError } from "../src/errors.ts";
import { OUTCOMES } from "../src/ledger/outcome.ts";
import { PROTOCOLS } from "../src/protocols/index.ts";
import { PROVIDERS } from "../src/providers/index.ts";
import type { Provider } from "../src/providers/provider.ts";

const read = (name: string): string => readFileSync(path.join(import.meta.dirname, "..", name), "utf8");

describe("docs/guide/errors.md", () => {
  const rows = new Map(
    read("docs/guide/errors.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => {
        const cells = line.slice(2).split(" | ");
        return [cells[0]?.replaceAll("`", "") ?? "", cells.slice(1, 5)] as const;
      }),
  );

  /** The error's own members in a rendered body. */
  const wordsOf = (body: string): { type: string; code?: string } =>
    (JSON.parse(body) as { error: { type: string; code?: string } }).error;

  it.each(ERROR_CODES)("says how %s is answered", (code) => {
    const error = new GatewayError(code, "text");
    const openai = wordsOf(PROTOCOLS["openai-chat"].client.error(error, "req"));
    const anthropic = PROTOCOLS.anthropic.client;
    const { status, retry } = errorRow(code);
    const other = anthropic.status(code);
    expect(rows.get(code)).toEqual([
      String(status),
      retry ? "yes" : "no",
      `\`${openai.type}\` / \`${openai.code}\``,
      `\`${wordsOf(anthropic.error(error, "req")).type}\`${other === status ? "" : ` (${other})`}`,
    ]);
  });

  it("lists nothing else", () => {
    expect([...rows.keys()].toSorted()).toEqual([...ERROR_CODES].toSorted());
  });
});

describe("README.md", () => {
  it.each(COMMANDS.map((command) => command.name))("names the command %s", (name) => {
    expect(read("README.md")).toMatch(new RegExp(`\`${name}[ \`]`));
  });
});

describe("docs/guide/configuration.md", () => {
  it.each(Object.values<Provider>(PROVIDERS).filter(({ id }) => id !== "sandbox"))(
    "names the provider $id",
    ({ id, env }) => {
      expect(read("docs/guide/configuration.md")).toContain(`| \`${id}\` | ${env === null ? "–" : `\`${env}\``} |`);
    },
  );
});

describe("docs/guide/billing.md", () => {
  it.each(OUTCOMES)("names the outcome %s", (outcome) => {
    expect(read("docs/guide/billing.md")).toContain(`\`${outcome}\``);
  });
});

/** The support matrix is true: what it calls served is there, what it calls absent is E-ROUTE in the caller's dialect, and the page says so. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startTestGateway, type TestGateway } from "./gateway.ts";
import { SUPPORT, type SupportRow } from "./support.rows.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

/** Headers by which each provider's clients are known. */
const HEADERS: Readonly<Record<keyof typeof SUPPORT, object>> = {
  OpenAI: {},
  Anthropic: { "anthropic-version": "2023-06-01" },
  Google: {},
};

const call = ({ method, route }: SupportRow, headers: object): Promise<Response> =>
  fetch(gateway.url + route.replace("{model}", "no-such-model").replaceAll(/\{\w+\}/g, "x"), {
    method,
    headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json", ...headers },
    ...(method === "GET" ? {} : { body: "{}" }),
  });

const isUnknownPath = async (reply: Response): Promise<boolean> =>
  reply.status === 404 && ((await reply.json()) as { error: { message: string } }).error.message === "Unknown path.";

describe.each(Object.keys(SUPPORT) as (keyof typeof SUPPORT)[])("%s", (provider) => {
  it.each(SUPPORT[provider].map((row) => [`${row.method} ${row.route}`, row] as const))("%s", async (_name, row) => {
    const reply = await call(row, HEADERS[provider]);
    expect(await isUnknownPath(reply)).toBe(!row.served);
  });
});

it("stands in docs/support.md, row by row", () => {
  const page = readFileSync(path.resolve(import.meta.dirname, "..", "docs", "support.md"), "utf8");
  for (const [provider, rows] of Object.entries(SUPPORT)) {
    const lines = rows.map(
      ({ method, route, served, note }) => `| \`${method} ${route}\` | ${served ? "yes" : "no"} | ${note} |`,
    );
    expect(page).toContain([`## ${provider}`, "", "| route | served | |", "|---|---|---|", ...lines].join("\n"));
  }
});

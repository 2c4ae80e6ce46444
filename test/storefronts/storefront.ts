/** A gateway started with one of the presets, and the checklist of what its service documents. */
import { readFileSync } from "node:fs";
import path from "node:path";

import { expect, it } from "vitest";
import { parse } from "yaml";

import { startTestGateway, type TestGateway } from "../gateway.ts";
import { expectBooksAgree } from "../provision.ts";

const FOLDER = path.join(import.meta.dirname, "..", "..", "storefronts");

export const PRESETS = ["cheapa", "cheapai", "aiapi-cheap", "cheapmodel", "cheaplm"] as const;
export type Preset = (typeof PRESETS)[number];

/** The preset as it stands. */
export const readPreset = (preset: Preset): Record<string, unknown> =>
  parse(readFileSync(path.join(FOLDER, `${preset}.yaml`), "utf8")) as Record<string, unknown>;

interface StorefrontOptions {
  /** Decimal USD. */
  readonly credit?: string;
  /** Parts of the file put in place of the preset's own, such as upstreams to script. */
  readonly changes?: Record<string, unknown>;
}

/** A gateway on the preset; providers are played by the sandbox. */
export const startStorefront = (preset: Preset, options: StorefrontOptions = {}): Promise<TestGateway> =>
  startTestGateway({ credit: options.credit ?? "100", config: { ...readPreset(preset), ...options.changes } });

/** One statement of a service's documents, in its own words, and the tests that show it. */
export interface Row {
  readonly says: string;
  readonly shownBy: readonly string[];
}

export interface Checklist {
  /** A test that shows rows of the checklist. */
  readonly shows: (name: string, test: () => void | Promise<void>) => void;
  /** The last test of a file: every row names a test that ran, and no test shows what nobody said. */
  readonly complete: () => void;
}

export const checklist = (rows: readonly Row[]): Checklist => {
  const ran = new Set<string>();
  return {
    shows: (name, test) => {
      // oxlint-disable-next-line vitest/valid-title -- the names are those of the checklist
      it(name, async () => {
        expect.hasAssertions();
        await test();
        ran.add(name);
      });
    },
    complete: () => {
      it("every documented statement is shown by a test that passed", () => {
        const unshown = rows.filter(({ shownBy }) => shownBy.length === 0 || !shownBy.every((name) => ran.has(name)));
        expect(unshown.map(({ says }) => says)).toEqual([]);
        const named = new Set(rows.flatMap(({ shownBy }) => shownBy));
        expect([...ran].filter((name) => !named.has(name))).toEqual([]);
      });
    },
  };
};

/** After all that was done to them: no balance is another than its transfers say, and no charge than its usage and price. */
export const booksAgree = (gateways: () => readonly TestGateway[]): void => {
  it("audit and reprice find nothing", async () => {
    for (const { server } of gateways()) await expect(expectBooksAgree(server)).resolves.toBeUndefined();
  });
};

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): unknown;
}

/** One request, as curl would send it. */
export const send = async (url: string, init: RequestInit = {}): Promise<Answer> => {
  const reply = await fetch(url, init);
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, json: () => JSON.parse(text) as unknown };
};

/** A JSON request with the key as a Bearer. */
export const post = (url: string, key: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

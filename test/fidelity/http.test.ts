/** What was published, asked for over HTTP: every feature of every client dialect onto a provider of every protocol. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  CLIENT_DIALECTS,
  loadFidelity,
  type Cells,
  type ClientDialect,
  type Fate,
} from "../../src/catalog/fidelity.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import type { TestGateway } from "../gateway.ts";
import { echoOf, PROTOCOL_IDS, startFourUpstreams, THEIR_NAMES } from "../upstream/four-upstreams.ts";
import { bare } from "./dialects.ts";
import { FEATURES } from "./features.ts";
import { plainColumn } from "./plain.ts";

const PATHS: Readonly<Record<ClientDialect, (model: string) => string>> = {
  chat: () => "/v1/chat/completions",
  responses: () => "/v1/responses",
  messages: () => "/v1/messages",
  gemini: (model) => `/v1beta/models/${model}:generateContent`,
  completions: () => "/v1/completions",
};

/** The columns of the four upstreams' models, of which nothing is known but their names. */
const columnOf = (protocol: ProtocolId): string => plainColumn(protocol, THEIR_NAMES[protocol], []);

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startFourUpstreams();
});
afterAll(() => gateway.close());

/** Whose content would be fetched from another host. */
const FETCHES = "image_address";

const fateOf = (cells: Cells[ClientDialect], feature: string): Fate | undefined =>
  (Object.entries(cells) as [Fate, readonly string[]][]).find(([, features]) => features.includes(feature))?.[0];

/** What a reply says became of a feature. */
const heard = ({ status, headers }: Response): "carried" | "named" | "refused" | number => {
  if (status === 400) return "refused";
  if (status !== 200) return status;
  return headers.get("x-farthing-dropped") === null ? "carried" : "named";
};

const pairs = CLIENT_DIALECTS.flatMap((dialect) => PROTOCOL_IDS.map((protocol) => [dialect, protocol] as const));

describe("over HTTP", () => {
  it.each(pairs)("%s onto %s is what was published", async (dialect, protocol) => {
    const cells = loadFidelity().requests[columnOf(protocol)]?.[dialect] ?? {};
    const model = echoOf(protocol);
    const found: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const { id, asked, on } of FEATURES) {
      const members = asked[dialect];
      if (members === undefined || id === FETCHES) continue;
      const response = await fetch(gateway.url + PATHS[dialect](model), {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" },
        body: JSON.stringify({ ...bare(dialect, model), ...on?.[dialect], ...members }),
      });
      await response.arrayBuffer();
      found[id] = heard(response);
      const fate = fateOf(cells, id);
      expected[id] = fate === "idle" ? "carried" : fate;
    }
    expect(found).toEqual(expected);
  });
});

/** A gateway in front of a replay: one synthetic priced model for every recorded model, all routed to the recording. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { stringify } from "yaml";

import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { databaseFile, readConfig } from "../../src/config.ts";
import { startServer, type RunningServer } from "../../src/server.ts";
import { requestIdBytes } from "../../src/id.ts";
import { expectBooksAgree, provision } from "../provision.ts";
import type { Exchange } from "./corpus.ts";
import { recorded } from "../upstream/replay-upstream.ts";
import { startScriptedUpstream } from "../upstream/scripted-upstream.ts";

export interface Rig {
  readonly url: string;
  readonly key: string;
  /** The next requests get this exchange's recorded answer, in pieces that pay no heed to its events. */
  replay(exchange: Exchange): void;
  /** Requests that reached the provider since the last `replay`. */
  received(): number;
  /** The synthetic model that stands for a recorded one. */
  model(exchange: Exchange): string;
  /** The stored row of a request. */
  row(requestId: string): Record<string, unknown> | undefined;
  close(): Promise<void>;
}

const PROVIDERS: Readonly<Partial<Record<ProtocolId, string>>> = {
  "openai-chat": "openai-compatible",
  "openai-responses": "openai-responses-compatible",
  anthropic: "anthropic-compatible",
  gemini: "gemini-compatible",
};

/** Seed of the places where recorded bodies are cut. */
const PIECES = 7;

/** xAI counts reasoning beside the completion on chat (its provider file says so); the replay stands for many providers. */
const upstreamOf = (exchange: Exchange): string => `replay-${exchange.protocol}`;

/** The recorded name of a model; some recordings have none. */
const recordedModel = (exchange: Exchange): string => {
  const asked = exchange.request?.body?.["model"] ?? exchange.model;
  return typeof asked === "string" && asked !== "" ? asked : "unnamed";
};

export const startRig = async (corpus: readonly Exchange[]): Promise<Rig> => {
  const dataDir = mkdtempSync(path.join(tmpdir(), "farthing-conformance-"));
  const upstream = await startScriptedUpstream();
  const ids = new Map<string, string>();
  const idOf = (exchange: Exchange): string => {
    const name = `${exchange.protocol} ${recordedModel(exchange)}`;
    const known = ids.get(name);
    if (known !== undefined) return known;
    const made = `conformance-${ids.size}`;
    ids.set(name, made);
    return made;
  };
  const models = new Map<string, object>();
  for (const exchange of corpus) {
    models.set(idOf(exchange), {
      id: idOf(exchange),
      kind: "chat",
      context: 2_000_000,
      maxOutput: 200_000,
      prices: {
        input: "1",
        output: "2",
        cache_read: "0.1",
        cache_write_5m: "1.25",
        cache_write_1h: "2",
        web_search: "10000",
        audio_input: "3",
        audio_output: "4",
      },
      routes: [{ upstream: upstreamOf(exchange), model: recordedModel(exchange) }],
    });
  }
  const configFile = path.join(dataDir, "farthing.yaml");
  const upstreams = Object.entries(PROVIDERS).map(([protocol, provider]) => ({
    id: `replay-${protocol}`,
    provider,
    baseUrl: upstream.baseUrl,
    apiKey: "replay-key",
  }));
  writeFileSync(configFile, stringify({ upstreams, models: [...models.values()] }));
  const env = {
    PORT: "0",
    METRICS_PORT: "0",
    FARTHING_DATA: dataDir,
    FARTHING_CONFIG: configFile,
    LOG_LEVEL: "silent",
  };
  const server: RunningServer = await startServer(readConfig(env, dataDir), { ejects: false });
  const { key } = await provision(server, { credit: "1000000" });
  const reader = new DatabaseSync(databaseFile({ dataDir }), { readOnly: true });
  const find = reader.prepare("select * from request where id = ?");
  return {
    url: server.url,
    key,
    replay: (exchange) => {
      upstream.clear();
      upstream.always(recorded(exchange, { seed: PIECES }));
    },
    received: () => upstream.requests.length,
    model: idOf,
    row: (requestId) => find.get(requestIdBytes(requestId) ?? new Uint8Array()),
    close: async () => {
      reader.close();
      await expectBooksAgree(server);
      await server.stop();
      await upstream.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
};

/**
 * For tests of several processes: a provider that charges every request alike, accounts that are worth a number of them, and a crowd
 * that asks until it is refused.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";

import { createAccount } from "../../src/accounts/store.ts";
import type { Database } from "../../src/db/connect.ts";
import { createKey, NO_LIMITS } from "../../src/keys/store.ts";
import { credit } from "../../src/ledger/credit-store.ts";
import { parseNano } from "../../src/money.ts";

/** Tokens of each reply: the cap of each request, so that what is held is what is charged. */
const TOKENS = 10;

export interface Provider {
  readonly baseUrl: string;
  /** Requests that it has answered. */
  answered(): number;
  close(): Promise<void>;
}

/** A provider that answers at once, or a moment later. */
export const startProvider = async (): Promise<Provider> => {
  let count = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    request.once("end", () => {
      const reply = JSON.stringify({
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "theirs",
        choices: [{ index: 0, message: { role: "assistant", content: "ok" }, finish_reason: "stop" }],
        usage: { prompt_tokens: 1, completion_tokens: TOKENS, total_tokens: TOKENS + 1 },
      });
      count++;
      setTimeout(() => response.writeHead(200, { "content-type": "application/json" }).end(reply), count % 5);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered: () => count,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};

/** A port of loopback where nobody listens any more. */
export const deadAddress = async (): Promise<string> => {
  const provider = await startProvider();
  await provider.close();
  return provider.baseUrl;
};

/**
 * Models whose requests cost $0.001 (`penny`) and $0.10 (`dime`), whatever is asked; `second-best` is `penny` by way of a provider that
 * is away.
 */
export const configOf = (baseUrl: string, away: string): string => `
upstreams:
  - { id: one, provider: openai-compatible, baseUrl: "${baseUrl}/v1", apiKey: k }
  - { id: away, provider: openai-compatible, baseUrl: "${away}/v1", apiKey: k }
models:
  - { id: penny, kind: chat, context: 8000, maxOutput: 100, prices: { input: "0", output: "100" }, routes: [{ upstream: one, model: theirs }] }
  - { id: dime, kind: chat, context: 8000, maxOutput: 100, prices: { input: "0", output: "10000" }, routes: [{ upstream: one, model: theirs }] }
  - id: second-best
    kind: chat
    context: 8000
    maxOutput: 100
    prices: { input: "0", output: "100" }
    routes: [{ upstream: away, model: theirs, priority: 1 }, { upstream: one, model: theirs, priority: 2 }]
plans:
  - { id: free, default: true }
  - { id: tight, rpm: 20 }
`;

export interface Customer {
  readonly id: number;
  readonly publicId: string;
  readonly key: string;
  /** Public id of the key. */
  readonly keyId: string;
}

/** Made beside the running gateway, as the command line does. @param worth decimal USD */
export const customer = async (database: Database, worth: string, planId = "free"): Promise<Customer> => {
  const { id, publicId } = await createAccount(database, { name: "crowd", planId, actor: "test" });
  await topUp(database, id, worth);
  const format = { prefix: "sk-far-", length: 30 };
  const made = await createKey(database, { accountId: id, name: "k", format, limits: NO_LIMITS, actor: "test" });
  return { id, key: made.key, keyId: made.publicId, publicId };
};

export const topUp = async (database: Database, accountId: number, amount: string): Promise<void> => {
  await credit(database, {
    accountId,
    amount: parseNano(amount),
    reason: "test",
    actor: "test",
    idempotencyKey: null,
  });
};

/** A port that was free a moment ago. */
export const freePort = async (): Promise<string> => new URL(await deadAddress()).port;

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** Status 0: the connection broke. */
export const ask = (
  url: string,
  { key, model, agent }: { readonly key: string; readonly model: string; readonly agent?: http.Agent },
): Promise<Reply> =>
  new Promise((resolve) => {
    const body = JSON.stringify({ model, max_tokens: TOKENS, messages: [{ role: "user", content: "hi" }] });
    const request = http.request(
      `${url}/v1/chat/completions`,
      {
        method: "POST",
        agent,
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => (text += part));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
        response.on("error", () => {
          resolve({ status: 0, headers: {}, body: "" });
        });
      },
    );
    request.on("error", () => {
      resolve({ status: 0, headers: {}, body: "" });
    });
    request.end(body);
  });

export interface Crowd {
  readonly urls: readonly string[];
  readonly keys: readonly string[];
  readonly model: string;
  /** At each address. */
  readonly connections: number;
}

/** What a crowd got: how often each status, and the ids of all that were served. */
export interface Served {
  readonly statuses: ReadonlyMap<number, number>;
  readonly ids: readonly string[];
}

/** Each connection asks for one customer, the next for the next, until it is refused: 402 or 429, or the gateway is gone. */
export const crowd = async ({ urls, keys, model, connections }: Crowd): Promise<Served> => {
  const statuses = new Map<number, number>();
  const ids: string[] = [];
  const agents = urls.map(() => new http.Agent({ keepAlive: true, maxSockets: connections }));
  const one = async (index: number): Promise<void> => {
    const place = index % urls.length;
    const key = keys[Math.floor(index / urls.length) % keys.length] ?? "";
    for (;;) {
      const reply = await ask(urls[place] ?? "", { key, model, agent: agents[place]! });
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      if (reply.status === 200) ids.push(String(reply.headers["x-request-id"]));
      else if (reply.status < 500) return;
    }
  };
  await Promise.all(Array.from({ length: urls.length * connections }, (_unused, index) => one(index)));
  for (const agent of agents) agent.destroy();
  return { statuses, ids };
};

/** Asks until the answer is as wanted. @returns milliseconds that it took @throws when it is not within the time */
export const until = async (wanted: () => Promise<boolean>, withinMs: number): Promise<number> => {
  const since = performance.now();
  for (;;) {
    if (await wanted()) return performance.now() - since;
    if (performance.now() - since > withinMs) throw new Error(`not so within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/**
 * What people who look at the console cost the customers' requests: CPU per charged request of one server, with and without them.
 *
 *   node bench/beside.ts sqlite --data FOLDER [--rounds 9] [--secs 8] [--rate 1000]     # what `bench:console` filled; a copy is used
 *   DATABASE_URL=postgres://… node bench/beside.ts postgres …                           # the same; it is changed
 *
 * Requests come at a steady rate, so that both halves of a round do the same work; which half is first changes from round to round.
 * Whoever looks are an operator (overview of seven days, upstreams, ledger, the live tail of everybody) and two customers (balance,
 * overview, requests, the live tail of the account that is under load), each asking as often as the pages do while they are open, and
 * opening another page every five seconds. CPU is user and system of all threads of the server, the console's own work included.
 *
 * Needs the harness's load generator and mock (FARTHING_BENCH, default ../shared/bench), gcc, taskset and two cores.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { databaseFile } from "../src/config.ts";
import { join, signedIn } from "../src/console/people/fixtures.ts";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import { parsePostgresUrl } from "../src/postgres-address.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    rounds: { type: "string", default: "9" },
    secs: { type: "string", default: "8" },
    rate: { type: "string", default: "1000" },
  },
});
const kind = positionals[0] === "postgres" ? "postgres" : "sqlite";
const [rounds, secs, rate] = [values.rounds, values.secs, values.rate].map(Number) as [number, number, number];
const databaseUrl = kind === "postgres" ? process.env["DATABASE_URL"] : undefined;
if (kind === "postgres" && databaseUrl === undefined) throw new Error("DATABASE_URL is not set");
if (kind === "sqlite" && values.data === undefined) throw new Error("--data names a folder that bench:console filled");

const CONNECTIONS = 64;
const WARM_SECS = 6;
const MOCK_PORT = 9_100;
const PORT = 9_204;
const WEEK_MS = 7 * 86_400_000;
/** An account of the filled data with much history. */
const HEAVY_ACCOUNT = 1_000n;

const root = path.join(import.meta.dirname, "..");
const node = path.join(root, "node_modules", ".bin", "node");
const harness = path.resolve(root, process.env["FARTHING_BENCH"] ?? "../shared/bench");
const folder = mkdtempSync(path.join(process.env["BENCH_DATA"] ?? tmpdir(), "farthing-bench-"));
const dataDir = path.join(folder, "data");
mkdirSync(dataDir, { mode: 0o700 });

const program = (name: string): string => {
  const out = path.join(folder, name);
  const { status, stderr } = spawnSync("gcc", ["-O2", "-w", "-o", out, path.join(harness, `${name}.c`)]);
  if (status !== 0) throw new Error(`${name}.c was not compiled: ${String(stderr)}`);
  return out;
};
const [mockProgram, loadProgram] = [program("mock"), program("load")];

const file = databaseFile({ dataDir });
if (kind === "sqlite")
  for (const end of ["", "-wal"]) {
    const from = path.join(values.data ?? "", `farthing.db${end}`);
    if (existsSync(from)) copyFileSync(from, file + end);
  }

const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  PORT: String(PORT),
  HOST: "127.0.0.1",
  METRICS_PORT: "off",
  LOG_LEVEL: "error",
  FARTHING_DATA: dataDir,
  FARTHING_SECRET: randomBytes(32).toString("hex"),
  FARTHING_CONFIG: path.join(folder, "farthing.yaml"),
};
// JSON is YAML, and needs no quoting rules.
writeFileSync(
  env.FARTHING_CONFIG,
  JSON.stringify({
    upstreams: [
      { id: "lab", provider: "openai-compatible", baseUrl: `http://127.0.0.1:${MOCK_PORT}/v1`, apiKey: "bench" },
    ],
    models: [
      {
        id: "mock-json",
        kind: "chat",
        context: 128_000,
        maxOutput: 4_096,
        prices: { input: "1", output: "5" },
        routes: [{ upstream: "lab", model: "mock-json", priority: 1, weight: 1 }],
      },
    ],
  }),
);

const farthing = (...args: readonly string[]): Record<string, unknown> => {
  const { status, stdout, stderr } = spawnSync(node, ["src/cli/main.ts", ...args, "--json"], {
    cwd: root,
    env,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`farthing ${args.join(" ")}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
};

/** Somebody's cookie, and the account that they look at. */
interface Looker {
  readonly cookie: string;
  readonly account: string;
}

const database = await openDatabase({
  postgres: databaseUrl === undefined ? null : parsePostgresUrl(databaseUrl),
  file,
});
await migrate(database);
farthing("apply", env.FARTHING_CONFIG);
const loaded = String(farthing("account", "create", "--name", "Beside", "--credit", "1000000")["id"]);
const key = String(farthing("key", "create", "--account", loaded, "--name", "bench")["key"]);

const customerOf = async (account: { readonly id: number | bigint; readonly public_id: string }): Promise<Looker> => {
  const { personId, cookie } = await signedIn(database);
  await join(database, { accountId: Number(account.id), personId, role: "owner" });
  return { cookie, account: account.public_id };
};
const accounts = database.kysely.selectFrom("account").select(["id", "public_id"]);
const operator = { cookie: (await signedIn(database, { role: "operator" })).cookie, account: "" };
const customers = [
  await customerOf(await accounts.where("public_id", "=", loaded).executeTakeFirstOrThrow()),
  await customerOf(await accounts.where("id", "=", HEAVY_ACCOUNT).executeTakeFirstOrThrow()),
];
await database.close();

const started: ChildProcess[] = [];
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});
const run = (
  core: number,
  command: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv } = {},
): ChildProcess => {
  const child = spawn("taskset", ["-c", String(core), ...command], {
    cwd: root,
    env: options.env ?? env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  return child;
};

interface Loaded {
  readonly done: number;
  readonly err: number;
  readonly non200: number;
}

const load = async (seconds: number): Promise<Loaded> => {
  const order = [PORT, CONNECTIONS, seconds, rate, "json", "-", 0].map(String);
  const child = run(1, [loadProgram, ...order], { env: { ...env, KEY: key, UP: String(MOCK_PORT) } });
  let out = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    out += bytes.toString();
  });
  await once(child, "exit");
  return JSON.parse(out) as Loaded;
};

const url = `http://127.0.0.1:${PORT}/console/api`;
let answers = 0;

/** Reads one answer whole. @throws when it is no success: a page that shows an error would cost next to nothing */
const read = async ({ cookie }: Looker, route: string): Promise<void> => {
  const reply = await fetch(url + route, { headers: { cookie } });
  const text = await reply.text();
  if (reply.status !== 200) throw new Error(`${route}: ${reply.status} ${text.slice(0, 200)}`);
  answers++;
};

/** What a looker's open page asks for, and how often in milliseconds. */
const habits = (who: Looker): readonly (readonly [route: string, everyMs: number])[] =>
  who.account === ""
    ? [
        [`/admin/overview?fromAt=${Date.now() - WEEK_MS}&toAt=${Date.now()}`, 5_000],
        ["/admin/attention", 15_000],
        ["/admin/upstreams", 5_000],
        ["/admin/ledger", 5_000],
      ]
    : [
        [`/accounts/${who.account}/standing`, 10_000],
        [`/accounts/${who.account}/overview?range=7d&split=model&offset=0`, 5_000],
        [`/accounts/${who.account}/requests`, 5_000],
      ];

/** Looks until told to stop. */
const look = async (who: Looker, signal: AbortSignal): Promise<void> => {
  const tail = await fetch(`${url}${who.account === "" ? "/admin/live" : `/accounts/${who.account}/live`}`, {
    headers: { cookie: who.cookie },
    signal,
  });
  const drain = (async (): Promise<void> => {
    try {
      for await (const piece of tail.body ?? []) void piece;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  })();
  const repeat = async ([route, everyMs]: readonly [string, number]): Promise<void> => {
    while (!signal.aborted) {
      await read(who, route);
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  await Promise.all([drain, ...habits(who).map(repeat)]);
};

const server = run(0, [node, ...process.execArgv, "src/main.ts"]);
const mock = run(1, [mockProgram, String(MOCK_PORT)]);
await new Promise<void>((resolve, reject) => {
  server.once("exit", (code) => {
    reject(new Error(`the server ended with ${code}`));
  });
  let printed = "";
  server.stdout?.on("data", (bytes: Buffer) => {
    printed += bytes.toString();
    if (printed.includes("ready on ")) resolve();
  });
});

/** CPU of the server so far, in microseconds. */
const cpu = (): number => {
  const tasks = `/proc/${server.pid}/task`;
  return readdirSync(tasks).reduce(
    (sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, "utf8").split(" ")[0]) / 1_000,
    0,
  );
};

const measure = async (isLookedAt: boolean): Promise<number> => {
  const stop = new AbortController();
  const lookers = isLookedAt ? [operator, ...customers].map((who) => look(who, stop.signal)) : [];
  const before = cpu();
  const { done, err, non200 } = await load(secs);
  const used = cpu() - before;
  stop.abort();
  await Promise.all(lookers);
  if (err + non200 > 0) throw new Error(`${err} errors, ${non200} answers that were not 200`);
  return used / done;
};

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

/** One request by hand: its error is easier to read than a count. */
const tryOne = async (): Promise<void> => {
  const reply = await fetch(`http://127.0.0.1:${PORT}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "mock-json", messages: [{ role: "user", content: "Hello" }] }),
  });
  if (reply.status !== 200) throw new Error(`${reply.status}: ${await reply.text()}`);
  await reply.arrayBuffer();
};

try {
  await tryOne();
  await load(WARM_SECS);
  await measure(true);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    answers = 0;
    const order = round % 2 === 0 ? [false, true] : [true, false];
    const costs = new Map<boolean, number>();
    for (const isLookedAt of order) costs.set(isLookedAt, await measure(isLookedAt));
    const [alone, beside] = [costs.get(false) ?? Number.NaN, costs.get(true) ?? Number.NaN];
    ratios.push(beside / alone);
    console.log(
      `round ${round + 1}: ${alone.toFixed(1)} us/request alone, ${beside.toFixed(1)} with people who look (${answers} answers): x ${(beside / alone).toFixed(3)}`,
    );
  }
  console.log(
    `${kind}, ${rate} requests/s, ${rounds} rounds of twice ${secs} s: x ${median(ratios).toFixed(3)} in the median, ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
  );
} finally {
  server.removeAllListeners("exit");
  server.kill("SIGTERM");
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  mock.kill();
  rmSync(folder, { recursive: true, force: true });
}

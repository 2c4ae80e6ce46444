/**
 * What open tasks cost: CPU time of a gateway that looks after a thousand videos, and how often it calls their provider.
 *
 *   node bench/tasks.ts sqlite|postgres [--tasks 1000] [--idle 30] [--secs 60] [--windows 2]
 *
 * The gateway is a process of its own, in production's settings and with its own pauses between two looks; its time is what it says
 * in /metrics (process.cpuUsage). The provider is played here, in another process, so that only the gateway's time counts: jobs that
 * never end. Windows follow each other; the pause between two looks is 15 s in the first two minutes of a task, then 30 s.
 */
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    tasks: { type: "string", default: "1000" },
    idle: { type: "string", default: "30" },
    secs: { type: "string", default: "60" },
    windows: { type: "string", default: "2" },
  },
});
const [kind] = positionals;
if (kind !== "sqlite" && kind !== "postgres") throw new Error("say sqlite or postgres");
const databaseUrl = kind === "postgres" ? process.env["DATABASE_URL"] : undefined;
if (kind === "postgres" && databaseUrl === undefined) throw new Error("DATABASE_URL is not set");
const [tasks, idleSecs, secs, windows] = [values.tasks, values.idle, values.secs, values.windows].map(Number) as [
  number,
  number,
  number,
  number,
];

const root = path.join(import.meta.dirname, "..");
const node = path.join(root, "node_modules", ".bin", "node");
const folder = mkdtempSync(path.join(process.env["BENCH_DATA"] ?? tmpdir(), "farthing-bench-"));

/** Calls per job since the last window began. */
const calls = new Map<string, number>();
let jobs = 0;
const JOB = JSON.stringify({
  id: "cgt-20261121-bench",
  model: "doubao-seedance-2-0-fast-260128",
  status: "running",
  created_at: 1_795_000_000,
  updated_at: 1_795_000_000,
  service_tier: "default",
  execution_expires_after: 90_000,
});
const provider = createServer((request, response) => {
  request.resume();
  response.setHeader("content-type", "application/json");
  if (request.method === "POST") {
    response.end(JSON.stringify({ id: `cgt-${++jobs}` }));
    return;
  }
  const job = request.url ?? "";
  calls.set(job, (calls.get(job) ?? 0) + 1);
  response.end(JOB);
});
provider.keepAliveTimeout = 60_000;
provider.listen(0, "127.0.0.1");
await once(provider, "listening");
const { port } = provider.address() as AddressInfo;

const freePort = async (): Promise<number> => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port: free } = taken.address() as AddressInfo;
  taken.close();
  return free;
};
const metricsPort = await freePort();
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  NODE_ENV: "production",
  ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  PORT: "0",
  HOST: "127.0.0.1",
  METRICS_PORT: String(metricsPort),
  LOG_LEVEL: "warn",
  FARTHING_DATA: path.join(folder, "data"),
  FARTHING_SECRET: randomBytes(32).toString("hex"),
  FARTHING_CONFIG: path.join(folder, "farthing.yaml"),
};
// JSON is YAML, and needs no quoting rules.
writeFileSync(
  env.FARTHING_CONFIG,
  JSON.stringify({
    upstreams: [{ id: "ark", provider: "bytedance", baseUrl: `http://127.0.0.1:${port}`, apiKey: "bench" }],
  }),
);

/** One command of the command line, as JSON. */
const farthing = (...args: readonly string[]): Record<string, unknown> => {
  const { status, stdout, stderr } = spawnSync(node, ["src/cli/main.ts", ...args, "--json"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`farthing ${args.join(" ")}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
};
farthing("apply", env.FARTHING_CONFIG);
const account = farthing("account", "create", "--name", "Bench", "--credit", "1000000");
const { key } = farthing("key", "create", "--account", String(account["id"]), "--name", "bench");

const gateway = spawn(node, [...process.execArgv, "src/main.ts"], {
  cwd: root,
  env,
  stdio: ["ignore", "pipe", "inherit"],
});
let printed = "";
const url = await new Promise<string>((resolve, reject) => {
  gateway.once("exit", (code) => reject(new Error(`the gateway ended with ${code}: ${printed}`)));
  gateway.stdout.on("data", (bytes: Buffer) => {
    printed += bytes.toString();
    const [, address] = printed.split("ready on ");
    if (address?.includes("\n") === true) resolve((address.split("\n")[0] ?? "").trim());
  });
});

const METRIC = "process_cpu_seconds_total ";
/** CPU seconds that the gateway has used so far, user and system, all its threads. */
const cpu = async (): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(METRIC));
  if (line === undefined) throw new Error("no process_cpu_seconds_total in /metrics");
  return Number(line.slice(METRIC.length));
};

interface Measured {
  /** Hundredths of a core. */
  readonly percent: number;
  readonly polls: number;
  /** Calls about the task that had most of them. */
  readonly most: number;
}
const measure = async (seconds: number): Promise<Measured> => {
  await cpu();
  calls.clear();
  const [before, startedAt] = [await cpu(), performance.now()];
  await sleep(seconds * 1_000);
  const [after, endedAt] = [await cpu(), performance.now()];
  const polls = [...calls.values()].reduce((sum, each) => sum + each, 0);
  const percent = ((after - before) / (endedAt - startedAt)) * 100_000;
  return { percent, polls, most: Math.max(0, ...calls.values()) };
};

const submit = async (): Promise<void> => {
  const reply = await fetch(`${url}/v1/videos/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${String(key)}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "doubao-seedance-2-0-fast-260128", prompt: "Two cats", size: "16:9", duration: 5 }),
  });
  if (reply.status !== 200) throw new Error(`${reply.status}: ${await reply.text()}`);
  await reply.arrayBuffer();
};

try {
  await sleep(5_000);
  const idle = await measure(idleSecs);
  console.log(`${kind}, no task: ${idle.percent.toFixed(2)} % of a core`);
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun++ < tasks) await submit();
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  const bornAt = performance.now();
  for (let window = 0; window < windows; window++) {
    const age = Math.round((performance.now() - bornAt) / 1_000);
    const { percent, polls, most } = await measure(secs);
    console.log(
      `${tasks} tasks, ${age} to ${age + secs} s old: ${percent.toFixed(2)} % in all, ` +
        `${(percent - idle.percent).toFixed(2)} % more than without; ${(polls / secs).toFixed(1)} calls a second, ` +
        `${((percent - idle.percent) * 10_000 * (secs / polls)).toFixed(0)} us each; at most ${most} calls about one task`,
    );
  }
} finally {
  gateway.removeAllListeners("exit");
  gateway.kill("SIGTERM");
  await once(gateway, "exit");
  provider.close();
  provider.closeAllConnections();
  const { disagreements } = farthing("audit") as { disagreements: readonly unknown[] };
  console.log(`${disagreements.length} disagreements`);
  rmSync(folder, { recursive: true, force: true });
}

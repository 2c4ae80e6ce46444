/**
 * Measures the gateway beside the barest relay that Node can be, then checks the books. See bench/README.md.
 *
 *   npm run bench -- [SCENARIOS] [--rounds 5] [--secs 5] …
 *
 * SCENARIOS (default json,burst,slow) and options are the harness's own. The harness is not part of the repository: FARTHING_BENCH
 * names its folder. The server is a production one: a fresh data folder, a key, a balance, prices, and every charge committed.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const FLOOR_PORT = 9201;
const PRODUCT_PORT = 9202;
const MOCK_PORT = 9100;
const MOCK = `http://127.0.0.1:${MOCK_PORT}`;
const MODELS = ["mock-json", "mock-burst", "mock-slow"];
const CREDIT = "1000000";

const root = path.join(import.meta.dirname, "..");
const harness = path.resolve(root, process.env["FARTHING_BENCH"] ?? "../shared/bench");
const node = path.join(root, "node_modules", ".bin", "node");

/** The configuration under test. JSON is YAML, and needs no quoting rules. */
const configuration = {
  upstreams: [{ id: "lab", provider: "openai-compatible", baseUrl: `${MOCK}/v1`, apiKey: "bench" }],
  models: MODELS.map((id) => ({
    id,
    kind: "chat",
    context: 128_000,
    maxOutput: 4_096,
    prices: { input: "1", output: "5" },
    routes: [{ upstream: "lab", model: id, priority: 1, weight: 1 }],
  })),
};

const fail = (line) => {
  console.error(`bench: ${line}`);
  process.exit(1);
};

/** A port that somebody else listens on would be measured in our place. */
const requireFree = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => fail(`port ${port} is in use; is another benchmark running?`));
    server.listen(port, "127.0.0.1", () => server.close(resolve));
  });

/** Runs a command of the command line. Returns its exit code and what it printed as JSON. */
const farthing = (env, ...args) => {
  const options = { cwd: root, env: { ...process.env, ...env }, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 };
  const { status, stdout, stderr } = spawnSync(node, ["src/cli/main.ts", ...args, "--json"], options);
  try {
    return { status, json: JSON.parse(stdout) };
  } catch {
    return fail(`\`farthing ${args.join(" ")}\` did not answer:\n${stdout}${stderr}`);
  }
};

const required = (env, ...args) => {
  const { status, json } = farthing(env, ...args);
  return status === 0 ? json : fail(`\`farthing ${args.join(" ")}\` failed: ${JSON.stringify(json)}`);
};

/** A fresh installation in a folder. Returns the server's environment and the key that the load uses. */
const prepare = (folder) => {
  const env = {
    NODE_ENV: "production",
    PORT: String(PRODUCT_PORT),
    HOST: "127.0.0.1",
    METRICS_PORT: "off",
    LOG_LEVEL: "warn",
    FARTHING_DATA: path.join(folder, "data"),
    FARTHING_SECRET: randomBytes(32).toString("hex"),
  };
  const file = path.join(folder, "farthing.yaml");
  writeFileSync(file, JSON.stringify(configuration, null, 2));
  required(env, "apply", file);
  const account = required(env, "account", "create", "--name", "Bench", "--credit", CREDIT);
  const { key } = required(env, "key", "create", "--account", account.id, "--name", "bench");
  return { env, key };
};

const writeSubjects = (folder, { env, key }) => {
  const file = path.join(folder, "SUBJECTS.json");
  const floor = { cmd: [node, path.join(harness, "floor.mjs"), String(FLOOR_PORT), MOCK], port: FLOOR_PORT, cwd: root };
  // The harness sets NODE_ENV=production itself.
  const { NODE_ENV: _production, ...rest } = env;
  const product = { cmd: [node, "src/main.ts"], port: PRODUCT_PORT, cwd: root, env: rest, key };
  writeFileSync(file, JSON.stringify({ floor, product }, null, 2));
  return file;
};

/** What the load generator saw answered with 200 in the rounds that counted. */
const answered = (file) =>
  Object.values(JSON.parse(readFileSync(file, "utf8")))
    .flatMap((rows) => rows.product ?? [])
    .reduce((sum, row) => sum + row.done, 0);

/** The books must balance, and every 200 must have its charge (warm-ups and broken rounds have more). */
const checkBooks = (env, results) => {
  const { status, json } = farthing(env, "audit");
  const done = answered(results);
  console.log(
    `audit: ${json.ok ? "the books agree" : "THE BOOKS DISAGREE"}; ${json.requests} requests, ${done} answers counted`,
  );
  if (status !== 0) fail(JSON.stringify(json.disagreements.slice(0, 20), null, 2));
  if (done === 0) fail("no round of the product was valid");
  if (json.requests < done) fail(`${done - json.requests} answers have no request in the books`);
};

if (!existsSync(path.join(harness, "bench.py"))) fail(`no bench.py in ${harness}; set FARTHING_BENCH to the harness.`);
for (const port of [MOCK_PORT, FLOOR_PORT, PRODUCT_PORT]) await requireFree(port);
const [scenarios, options] = process.argv[2]?.startsWith("-")
  ? ["json,burst,slow", process.argv.slice(2)]
  : [process.argv[2] ?? "json,burst,slow", process.argv.slice(3)];
const folder = mkdtempSync(path.join(process.env["BENCH_DATA"] ?? tmpdir(), "farthing-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const installation = prepare(folder);
const results = path.join(folder, "results.json");
const args = [path.join(harness, "bench.py"), writeSubjects(folder, installation), scenarios, "--json", results];
const { status, error } = spawnSync("python3", [...args, ...options], { cwd: root, stdio: "inherit" });
if (status !== 0) fail(error?.message ?? `the harness ended with ${status}`);
checkBooks(installation.env, results);

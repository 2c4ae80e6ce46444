/**
 * Measures the gateway beside the barest relay that Node can be, then checks the books. See bench/README.md.
 *
 *   npm run bench -- [SCENARIOS] [--translated] [--rounds 5] [--secs 5] …
 *
 * `--translated` adds a subject: the same server, asked in Messages for the same models, so that every reply is translated.
 *
 * With DATABASE_URL, an empty database of PostgreSQL, a server on it is one more subject: `postgres`.
 *
 * SCENARIOS (default json,burst,slow) and options are the harness's own. The harness is not part of the repository: FARTHING_BENCH
 * names its folder. The server is a production one: a fresh data folder, a key, a balance, prices, and every charge committed.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const FLOOR_PORT = 9201;
const PRODUCT_PORT = 9202;
const POSTGRES_PORT = 9203;
const MOCK_PORT = 9100;
const MOCK = `http://127.0.0.1:${MOCK_PORT}`;
/** Events in one reply of the mock, by scenario; those of a translated reply bear no time stamp to be counted by. */
const CHUNKS = { burst: 100, slow: 50 };
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
const prepare = (folder, port, databaseUrl) => {
  mkdirSync(folder);
  const env = {
    NODE_ENV: "production",
    DATABASE_URL: databaseUrl,
    PORT: String(port),
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

/** The harness sets NODE_ENV=production itself. */
const withoutMode = ({ env: { NODE_ENV: _production, ...env }, key }) => ({ env, key });

const writeSubjects = (folder, [{ env, key }, postgres], isTranslated) => {
  const file = path.join(folder, "SUBJECTS.json");
  const floor = { cmd: [node, path.join(harness, "floor.mjs"), String(FLOOR_PORT), MOCK], port: FLOOR_PORT, cwd: root };
  const product = { cmd: [node, "src/main.ts"], port: PRODUCT_PORT, cwd: root, ...withoutMode({ env, key }) };
  const translated = isTranslated ? { translated: { ...product, path: "/v1/messages" } } : {};
  const others =
    postgres === undefined ? {} : { postgres: { ...product, port: POSTGRES_PORT, ...withoutMode(postgres) } };
  writeFileSync(file, JSON.stringify({ floor, product, ...translated, ...others }, null, 2));
  return file;
};

/** What the load generator saw answered with 200 in the rounds that counted. */
const answered = (file, subjects) =>
  Object.values(JSON.parse(readFileSync(file, "utf8")))
    .flatMap((rows) => subjects.flatMap((subject) => rows[subject] ?? []))
    .reduce((sum, row) => sum + row.done, 0);

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** What an event costs translated, beside one that passes through: whole requests by their events, for both alike. */
const compareChunks = (file) => {
  for (const [scenario, rows] of Object.entries(JSON.parse(readFileSync(file, "utf8")))) {
    const chunks = CHUNKS[scenario];
    if (chunks === undefined || !rows.translated?.length || !rows.product?.length) continue;
    const [same, other] = [rows.product, rows.translated].map((all) => median(all.map((row) => row.us_req)) / chunks);
    console.log(
      `${scenario}: ${same.toFixed(2)} us/event passed through, ${other.toFixed(2)} us/event translated: ${(other / same).toFixed(2)} x`,
    );
  }
};

/** The books must balance, and every 200 must have its charge (warm-ups and broken rounds have more). */
const checkBooks = (env, results, subjects) => {
  const { status, json } = farthing(env, "audit");
  const done = answered(results, subjects);
  console.log(
    `audit: ${json.ok ? "the books agree" : "THE BOOKS DISAGREE"}; ${json.requests} requests, ${done} answers counted`,
  );
  if (status !== 0) fail(JSON.stringify(json.disagreements.slice(0, 20), null, 2));
  if (done === 0) fail("no round of the product was valid");
  if (json.requests < done) fail(`${done - json.requests} answers have no request in the books`);
};

if (!existsSync(path.join(harness, "bench.py"))) fail(`no bench.py in ${harness}; set FARTHING_BENCH to the harness.`);
for (const port of [MOCK_PORT, FLOOR_PORT, PRODUCT_PORT, POSTGRES_PORT]) await requireFree(port);
const isTranslated = process.argv.includes("--translated");
const given = process.argv.slice(2).filter((word) => word !== "--translated");
const [scenarios, options] = given[0]?.startsWith("-")
  ? ["json,burst,slow", given]
  : [given[0] ?? "json,burst,slow", given.slice(1)];
const folder = mkdtempSync(path.join(process.env["BENCH_DATA"] ?? tmpdir(), "farthing-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const databaseUrl = process.env["DATABASE_URL"] ?? "";
const installations = [prepare(path.join(folder, "sqlite"), PRODUCT_PORT, "")];
if (databaseUrl !== "") installations.push(prepare(path.join(folder, "postgres"), POSTGRES_PORT, databaseUrl));
const results = path.join(folder, "results.json");
const args = [
  path.join(harness, "bench.py"),
  writeSubjects(folder, installations, isTranslated),
  scenarios,
  "--json",
  results,
];
const { status, error } = spawnSync("python3", [...args, ...options], { cwd: root, stdio: "inherit" });
if (status !== 0) fail(error?.message ?? `the harness ended with ${status}`);
compareChunks(results);
for (const [index, { env }] of installations.entries())
  checkBooks(env, results, index === 0 ? ["product", "translated"] : ["postgres"]);

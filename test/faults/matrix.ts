/**
 * The fault matrix: every row of the first wave in the groups A (process, storage, time), B (providers), C (clients) and E (money at
 * once), and the group F (the console), with what covers it. Payments by messages (E102 to E106), which are not taken, and the soak
 * (E118) are not part of it. A long row plays under load, by `npm run faults`; tests are part of `npm test`.
 */

/** A test: a part of its full name, as it stands in its file. */
interface Covering {
  readonly file: string;
  readonly title: string;
}

export interface MatrixRow {
  readonly id: string;
  readonly fault: string;
  readonly by: readonly Covering[];
  /** True when a long row of this id plays it. */
  readonly isLong: boolean;
}

const UPSTREAM = "test/faults/upstream.test.ts";
const CLIENTS = "test/faults/clients.test.ts";
const CROWD = "test/faults/crowd.test.ts";
const RIM = "src/http/rim.test.ts";
const BODY = "src/http/body.test.ts";

/** Titles of tests by file. */
type Tests = Readonly<Record<string, readonly string[]>>;

const row = (id: string, fault: string, tests: Tests, isLong = false): MatrixRow => ({
  id,
  fault,
  by: Object.entries(tests).flatMap(([file, titles]) => titles.map((title) => ({ file, title }))),
  isLong,
});
const long = (id: string, fault: string, tests: Tests = {}): MatrixRow => row(id, fault, tests, true);

export const MATRIX: readonly MatrixRow[] = [
  long("A1", "kill -9 before dispatch, money borrowed"),
  long("A2", "kill -9 in mid-stream", { "test/faults/crash.test.ts": ["finished streams are charged once"] }),
  long("A3", "kill -9 after the last upstream byte, before the charge"),
  long("A4", "kill -9 between the statements of a charge, and after its commit"),
  long("A5", "SIGTERM with streams", {
    "test/faults/stop.test.ts": ["A5: not ready at once, served during the grace"],
    "src/http/drain.test.ts": ["A5 lets a running stream end regularly"],
  }),
  long("A7", "PostgreSQL stop -m immediate", { "test/postgres.test.ts": ["known keys are served from their lease"] }),
  long("A8", "PostgreSQL frozen", { "test/postgres.test.ts": ["known keys are served from their lease"] }),
  long("A11", "PostgreSQL disk full"),
  long("A12", "SQLite disk full", { "test/faults/waits.test.ts": ["A12 full: the same, and it recovers by itself"] }),
  long("A13", "random failures of fsync and write"),
  long("A15", "Redis killed", { "test/limits/redis.test.ts": ["each goes on with its share"] }),
  long("A16", "Redis flushed", { "test/limits/redis.test.ts": ["nobody is admitted by counters that others"] }),
  long("A17", "Redis frozen", { "test/limits/redis.test.ts": ["no request waits for it"] }),
  long("A18", "packets to PostgreSQL and Redis dropped"),
  long("A19", "clock jumps", { "test/limits/redis.test.ts": ["a limit is neither widened nor frozen"] }),
  row("B24", "a provider's name does not resolve", { "src/upstreams/circuit.test.ts": ["(B24, B35)"] }),
  row("B25", "connection refused", {
    [UPSTREAM]: ["B25 a refused connection", "B25 answers after a refused connection"],
  }),
  row("B28", "reset before headers", { [UPSTREAM]: ["B28 a reset before headers"] }),
  row("B29", "headers, then silence", { [UPSTREAM]: ["B29 headers, then silence"] }),
  row("B30", "accepted, never a byte", { [UPSTREAM]: ["B30 a stream without a byte", "B30 a reply without a byte"] }),
  row("B31", "first token after a long silence", {
    "test/faults/waits.test.ts": ["B31: a stream gets its head and keep-alives"],
  }),
  row("B32", "a stall in mid-stream", { [UPSTREAM]: ["B32 a stall"] }),
  row("B34", "429 with retry-after", { [UPSTREAM]: ["B34 429", "B34 passes on how long to wait", "B34 a 429"] }),
  row("B35", "500, 502, 503", { [UPSTREAM]: ["B35 500", "B35 502", "B35 503"] }),
  row("B36", "529 overloaded", { [UPSTREAM]: ["B36 529", "B36 a 529"] }),
  row("B37", "401, 402, 403 with a key in the text", {
    [UPSTREAM]: ["B37 401 with a key in its text", "B37 402", "B37 403"],
    "src/upstreams/traffic.test.ts": ["closes the whole upstream when it refuses our credential (B37)"],
  }),
  row("B38", "400 with hosts and names in the text", { [UPSTREAM]: ["B38 400 with a host in its text"] }),
  row("B39", "200 that holds an error", { [UPSTREAM]: ["B39 a 200 that holds an error"] }),
  row("B40", "the first event is an error", { [UPSTREAM]: ["B40 an error as the first event"] }),
  row("B41", "an error event after output", { [UPSTREAM]: ["B41 an error event"] }),
  row("B42", "a stream that ends without its end", {
    [UPSTREAM]: ["B42 an end without [DONE]", "B42 a reset", "B42 a connection that closes", "B42 no message_stop"],
  }),
  row("B43", "200 with a page, or with nothing", { [UPSTREAM]: ["B43 HTML", "B43 an empty body"] }),
  row("B45", "framing of every kind", {
    "src/protocols/sse.test.ts": ["B45: caps a line at 1 MiB"],
    "test/mutation/framing.test.ts": [""],
  }),
  row("B46", "no usage at all", { [UPSTREAM]: ["B46 nothing: the usage is estimated"] }),
  row("B48", "usage that cannot be believed", {
    [UPSTREAM]: ["a negative count", "an enormous one", "2⁶³", "more than the cap could give"],
  }),
  row("B50", "cached tokens, inclusive and exclusive", { "src/protocols/usage-fields.test.ts": ["I-17, B50"] }),
  row("B51", "a redirect inwards", { [UPSTREAM]: ["B51 a redirect", "B51 follows no redirect"] }),
  row("B52", "a packed bomb", { [UPSTREAM]: ["B52 an encoding nobody asked for"] }),
  row("B55", "a pooled connection closed at reuse", { [UPSTREAM]: ["B55 a pooled connection that was closed"] }),
  row("B57", "one candidate fails, another answers", { [UPSTREAM]: ["B57 another candidate"] }),
  row("B59", "a provider that is down under load", {
    "test/routing.test.ts": ["is left alone after so many failures", "costs few retries however many requests"],
  }),
  row("C61", "the client leaves before the first token", { [CLIENTS]: ["C61 before the first token"] }),
  row("C62", "the client leaves after some tokens", { [CLIENTS]: ["C62 after k tokens"] }),
  row("C63", "the client stops reading", { [CLIENTS]: ["C63 that stop reading"] }),
  row("C64", "headers that never end, 2,000 times", { [CROWD]: ["C64: 2,000 clients"] }),
  row("C65", "a body that drips", {
    [BODY]: ["C65 that does not come in time is E-SLOWBODY", "C65 that drips below 1 KB/s"],
  }),
  row("C66", "10,000 idle connections", { [CROWD]: ["C66: 10,000 idle connections"] }),
  row("C68", "100 MB of body", {
    [BODY]: ["C68 a client that pushes 100 MB on", "C68 with Expect: 100-continue"],
  }),
  row("C70", "too many headers, or too long ones", { [RIM]: ["C70"] }),
  row("C71", "smuggling and malformed HTTP", { [RIM]: ["C71"] }),
  row("C72", "two hosts, absolute form, TRACE, 8-bit bytes", { [RIM]: ["C72"] }),
  row("E100", "a crowd on a balance for few", {
    [CLIENTS]: ["admits exactly 7 of 200 equal requests on a balance worth 7"],
    "src/ledger/owners.test.ts": ["I-14"],
  }),
  row("E101", "one code, many who redeem it", {
    "test/console/billing.test.ts": ["uses is that many credits, whoever tries (E101, I-65)"],
  }),
  row("E107", "prices that change under load", {
    "test/prices.test.ts": ["may change every few milliseconds under load"],
  }),
  row("E109", "one Idempotency-Key, fifty at once", {
    "test/idempotency.test.ts": ["E109: of 50 at once one is sent and charged"],
  }),
  row("E111", "many pollers of many tasks", {
    "src/tasks/store.test.ts": ["I-50: twenty at once end it once", "one claim takes what is due and nobody else does"],
  }),
  row("E112", "late and contradicting ends of a task", {
    "src/tasks/store.test.ts": ["a success after a failure", "two different usages", "a success after it was lost"],
  }),
  row("E114", "a double click, and two operators at once", {
    "test/console/operate.test.ts": ["of a double click and of two operators at once are one (E114, I-68)"],
    "test/e2e/admin-customers.test.ts": ["credits it once: only by the amount that was typed twice (E114)"],
  }),
  row("E115", "amounts out of range", {
    "src/ledger/credit-store.test.ts": ["E115"],
    "test/console/operate.test.ts": ["are refused: $status (E115)"],
  }),
  row("E116", "a key or an account is frozen in mid-stream", {
    "test/faults/control.test.ts": ["E116: %s ends its streams; what was delivered is charged"],
    "src/gateway/running.test.ts": ["streams that run (E116)"],
  }),
  row("F119", "guessing passwords by the thousand", {
    "test/people/guessing.test.ts": ["guessing (F119)"],
    "src/console/people/pace.test.ts": ["never beyond its end, whatever the clock does (F119)"],
  }),
  row("F120", "a request of another site", {
    "test/console/forgery.test.ts": ["a request from another site (F120)"],
    "test/people/guessing.test.ts": ["what comes from elsewhere (F120)"],
    "src/console/same-site.test.ts": ["a request that changes something (F120)"],
  }),
  row("F121", "every route, by everybody, for one's own and for others", {
    "test/console/matrix.test.ts": ["who may call a route (F121)"],
    "src/console/access.test.ts": ["who may enter (F121)"],
  }),
  row("F122", "fields that nobody asked for", {
    "test/console/forgery.test.ts": ["more fields than there are (F122)"],
    "test/people/registration.test.ts": ["takes no field that is not asked for (F122)"],
  }),
  row("F123", "a Host header of somebody else", {
    "test/console/input.test.ts": ["changes no address that is written (F123)"],
    "test/people/sessions.test.ts": ["(F123)"],
    "test/known-failures/console.test.ts": ["b4: another address in a header opens nothing"],
  }),
  row("F124", "names that are script", {
    "test/e2e/hostile-words.test.ts": ["nothing that anybody typed runs, on any screen (F124)"],
  }),
  row("F125", "sessions that are planted, stolen or over", { "test/people/sessions.test.ts": ["a session (F125)"] }),
  row("F126", "the first start, and two who want to be the operator", {
    "test/people/registration.test.ts": ["the first operator (F126)"],
  }),
  row("F127", "a provider's key, read back by any way", {
    "test/known-failures/secrets.test.ts": ["no answer of the console holds a secret"],
    "test/console/operator-settings.test.ts": ["of which nothing comes back but its end (F127)"],
  }),
  row("F128", "names that are formulas, in a file for a spreadsheet", {
    "test/console/settings.test.ts": ["hold a customer's name that is a formula as text (F128)"],
    "test/console/usage.test.ts": ["stays text (F128)"],
  }),
];

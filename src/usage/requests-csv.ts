/** A list of requests as CSV, as the console filters it: for customers, or with what only operators may see. Pure. */
import { csvLine } from "../csv.ts";
import { formatAt } from "../money.ts";
import { table } from "../table.ts";
import { marginOf, type RequestLine } from "./figures.ts";
import type { ShownUnit } from "./rendering.ts";

type Column = (line: RequestLine, unit: ShownUnit) => string | number | boolean | null;

const CUSTOMER = table<Column>({
  id: ({ id }) => id,
  created_at: ({ at }) => new Date(at).toISOString(),
  model: ({ model }) => model,
  key_id: ({ keyPublicId }) => keyPublicId,
  key_name: ({ keyName }) => keyName,
  protocol: ({ protocol }) => protocol,
  stream: ({ stream }) => stream,
  status: ({ status }) => status,
  outcome: ({ outcome }) => outcome,
  usage_source: ({ source }) => source,
  input_tokens: ({ tokens }) => tokens.input.toString(),
  cache_read_tokens: ({ tokens }) => tokens.cacheRead.toString(),
  output_tokens: ({ tokens }) => tokens.output.toString(),
  reasoning_tokens: ({ tokens }) => tokens.reasoning.toString(),
  unit: (_, { name }) => name,
  amount: ({ spend }, { rate }) => formatAt(spend, rate),
  refunded: ({ refunded }, { rate }) => formatAt(refunded, rate),
  duration_ms: ({ durationMs }) => durationMs,
  first_byte_ms: ({ firstByteMs }) => firstByteMs,
});

/** Our own amounts are in USD, whatever the storefront shows. */
const USD = { num: 1n, den: 1n };

const OPERATOR = table<Column>({
  ...CUSTOMER,
  account_id: ({ accountPublicId }) => accountPublicId,
  account_name: ({ accountName }) => accountName,
  upstream: ({ upstream }) => upstream,
  attempts: ({ attempts }) => attempts,
  absorbed_usd: ({ absorbed }) => formatAt(absorbed, USD),
  cost_usd: ({ cost }) => formatAt(cost, USD),
  margin_usd: (line) => formatAt(marginOf(line), USD),
});

const columnsOf = (isOperator: boolean) => (isOperator ? OPERATOR : CUSTOMER);

/** A file of requests in its pieces: the names of the columns, then a line for each; texts that a spreadsheet would run are quoted (F128). */
export async function* requestsPieces(
  pieces: AsyncIterable<readonly RequestLine[]>,
  isOperator: boolean,
  unit: ShownUnit,
): AsyncGenerator<string> {
  const columns = Object.entries(columnsOf(isOperator));
  yield csvLine(columns.map(([name]) => name));
  for await (const lines of pieces)
    yield lines.map((line) => csvLine(columns.map(([, column]) => column(line, unit)))).join("");
}

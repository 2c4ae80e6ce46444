/** Columns of the list of all requests. */
import type { OperatorRequest } from "../../../api/operate.ts";
import { outcomeWords } from "../../../format/outcomes.ts";
import { Money } from "../../../ui/exact.tsx";
import type { Column } from "../../../ui/table.tsx";
import { OutcomeBadge, REQUEST_COLUMNS } from "../../account/usage/cells.tsx";
import { words } from "./words.ts";

/** Columns that customers have as well. */
const shared = (...keys: readonly string[]): readonly Column<OperatorRequest>[] =>
  REQUEST_COLUMNS.filter(({ key }) => keys.includes(key));

const Who = ({ accountName, model, outcome }: OperatorRequest) => (
  <span className="block max-w-32 min-w-0 sm:max-w-56">
    <span className="block truncate font-medium text-ink">{accountName}</span>
    <span className="block truncate text-small text-ink-3" title={model}>
      {model === "" ? words.noModel : model}
    </span>
    {outcome !== "completed" && (
      <span className="block text-small text-ink-3 md:hidden">{outcomeWords(outcome).label}</span>
    )}
  </span>
);

const Upstream = ({ upstream, attempts }: OperatorRequest) =>
  upstream === null ? (
    <span className="text-ink-3">{words.noUpstream}</span>
  ) : (
    <span className="block max-w-36">
      <span className="block truncate text-ink-2">{upstream}</span>
      {attempts > 1 && <span className="text-small text-warn">{words.attempts(attempts)}</span>}
    </span>
  );

const Outcome = ({ outcome, status }: OperatorRequest) => (
  <span className="inline-flex items-center gap-1.5">
    <OutcomeBadge outcome={outcome} />
    {status !== 200 && status !== 0 && <span className="figures text-small text-ink-3">{status}</span>}
  </span>
);

export const COLUMNS: readonly Column<OperatorRequest>[] = [
  ...shared("time"),
  { key: "account", title: words.account, cell: (request) => <Who {...request} /> },
  { key: "upstream", title: words.upstream, wide: true, cell: (request) => <Upstream {...request} /> },
  { key: "outcome", title: words.outcome, wide: true, cell: (request) => <Outcome {...request} /> },
  ...shared("took"),
  {
    key: "charge",
    title: words.charge,
    figures: true,
    cell: ({ spendNano, refundedNano }) => (
      <>
        <Money nano={spendNano} className={spendNano === "0" ? "text-ink-3" : "font-medium text-ink"} />
        {refundedNano !== "0" && (
          <span className="block text-small text-ink-3">
            <Money nano={refundedNano} /> {words.refunded}
          </span>
        )}
      </>
    ),
  },
  {
    key: "margin",
    title: words.margin,
    figures: true,
    wide: true,
    cell: ({ marginNano }) => (
      <Money
        nano={marginNano}
        className={marginNano.startsWith("-") ? "text-bad" : marginNano === "0" ? "text-ink-3" : "text-ink-2"}
      />
    ),
  },
];

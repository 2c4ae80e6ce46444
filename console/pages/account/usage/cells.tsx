/** Columns of requests, here and on the overview. */
import { clock, dayShort } from "../../../format/time.ts";
import { count, countShort, duration, percent } from "../../../format/number.ts";
import { momentExact } from "../../../format/time.ts";
import { outcomeWords } from "../../../format/outcomes.ts";
import type { UsageRequest } from "../../../api/usage.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Exact, Money } from "../../../ui/exact.tsx";
import type { Column } from "../../../ui/table.tsx";
import { words } from "./words.ts";

const isToday = (at: number): boolean => new Date(at).toDateString() === new Date().toDateString();

const When = ({ at }: Pick<UsageRequest, "at">) => (
  <Exact exact={momentExact(at)} className="whitespace-nowrap text-ink-2">
    {!isToday(at) && <span className="max-md:block max-md:text-small md:pr-1.5">{dayShort(at)} </span>}
    {clock(at)}
  </Exact>
);

/** What went as it should is said quietly: a badge is for what did not. */
export const OutcomeBadge = ({ outcome }: { readonly outcome: string }) => {
  const { label, tone } = outcomeWords(outcome);
  return label === outcomeWords("completed").label ? (
    <span className="text-ink-3">{label}</span>
  ) : (
    <Badge tone={tone}>{label}</Badge>
  );
};

/** Everything that the model read: anew, and out of a cache. */
const promptOf = ({ inputTokens, cacheReadTokens }: UsageRequest): number => inputTokens + cacheReadTokens;

const Tokens = (request: UsageRequest) => {
  const prompt = promptOf(request);
  const output = request.outputTokens + request.reasoningTokens;
  if (prompt + output === 0) return <span className="text-ink-3">—</span>;
  const cached = request.cacheReadTokens === 0 ? "" : `, ${words.cached(percent(request.cacheReadTokens / prompt))}`;
  return (
    <Exact exact={`${count(prompt)} → ${count(output)}${cached}`} className="text-ink-2">
      {countShort(prompt)} → {countShort(output)}
    </Exact>
  );
};

const Charge = ({ spendNano, refundedNano }: UsageRequest) => (
  <span className="inline-flex flex-col items-end">
    <Money nano={spendNano} className={spendNano === "0" ? "text-ink-3" : "font-medium text-ink"} />
    {refundedNano !== "0" && (
      <span className="text-small text-ink-3">
        <Money nano={refundedNano} /> {words.refunded}
      </span>
    )}
  </span>
);

/** On a telephone it says below what there is no column for. */
const Model = ({ model, keyName, outcome }: UsageRequest) => (
  <span className="block max-w-[calc(100vw-17.5rem)] truncate text-ink sm:max-w-64" title={model}>
    {model === "" ? <span className="text-ink-3">{words.noModel}</span> : model}
    <span className="block truncate text-small text-ink-3 md:hidden">
      {outcome === "completed" ? keyName : outcomeWords(outcome).label}
    </span>
  </span>
);

export const REQUEST_COLUMNS: readonly Column<UsageRequest>[] = [
  { key: "time", title: words.time, cell: ({ at }) => <When at={at} /> },
  { key: "model", title: words.model, cell: (request) => <Model {...request} /> },
  {
    key: "key",
    title: words.key,
    wide: true,
    cell: ({ keyName }) => <span className="block max-w-36 truncate text-ink-2">{keyName}</span>,
  },
  { key: "outcome", title: words.outcome, wide: true, cell: ({ outcome }) => <OutcomeBadge outcome={outcome} /> },
  { key: "tokens", title: words.tokens, figures: true, wide: true, cell: (request) => <Tokens {...request} /> },
  {
    key: "took",
    title: words.took,
    figures: true,
    wide: true,
    cell: ({ durationMs }) => <span className="text-ink-2">{duration(durationMs)}</span>,
  },
  { key: "charge", title: words.charge, figures: true, cell: (request) => <Charge {...request} /> },
];

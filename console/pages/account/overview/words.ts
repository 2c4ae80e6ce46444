/** What the overview says. */
import type { OverviewRange } from "../../../api/usage.ts";

const IN = { "24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days" } as const satisfies Record<
  OverviewRange,
  string
>;
const BEFORE = {
  "24h": "the 24 hours before",
  "7d": "the 7 days before",
  "30d": "the 30 days before",
} as const satisfies Record<OverviewRange, string>;

export const words = {
  title: "Overview",
  range: "Time",
  ranges: { "24h": "24 hours", "7d": "7 days", "30d": "30 days" } satisfies Record<OverviewRange, string>,
  balance: "Balance",
  exactly: (amount: string): string => `exactly ${amount}`,
  held: (running: number): string =>
    running === 0
      ? "nothing is held"
      : `held now by ${running === 1 ? "1 running request" : `${running} running requests`}`,
  lasts: (left: string, range: OverviewRange): string => `lasts ${left} at the pace of ${IN[range]}`,
  promo: "of it given, spent first",
  pending: "still to be collected",
  addCredit: "Add credit",
  newTitle: "There is no credit yet",
  newText: "Add some, or ask for a code: requests are refused without it.",
  emptyTitle: "The balance is used up",
  emptyText: "Requests are refused until there is credit again.",
  lowTitle: (left: string): string => `At this pace the balance lasts ${left}`,
  lowText: "Requests are refused when it is used up.",
  hours: (hours: number): string => (hours <= 1 ? "about an hour" : `about ${hours} hours`),
  days: (days: number): string => (days === 1 ? "about a day" : `about ${days} days`),
  frozenTitle: "This account is frozen",
  frozenText: "Its requests are refused. Ask the operator why.",
  spend: "Spent",
  before: (range: OverviewRange): string => `in ${BEFORE[range]}`,
  requests: "Requests",
  noFailures: "none failed",
  failures: (count: string, share: string): string => `${count} failed or refused, ${share}`,
  tokens: "Tokens",
  tokensNote: (input: string, output: string): string => `${input} in, ${output} out`,
  firstByte: "First byte, typical",
  firstByteNote: (slow: string): string => `one in twenty takes longer than ${slow}`,
  noTimes: "nothing was answered",
  spendTitle: (amount: string, range: OverviewRange): string => `${amount} in ${IN[range]}`,
  spendCached: (share: string): string => `, ${share} of the input from a cache`,
  spendNone: (range: OverviewRange): string => `Nothing was spent in ${IN[range]}`,
  splits: { model: "By model", key: "By key" },
  splitLabel: "Split the chart",
  rest: "Everything else",
  noName: "Refused before it had one",
  requestsTitle: (count: number, shown: string, share: string, range: OverviewRange): string =>
    `${count === 1 ? "1 request" : `${shown} requests`} in ${IN[range]}, ${share} succeeded`,
  requestsNone: (range: OverviewRange): string => `No requests in ${IN[range]}`,
  succeeded: "Succeeded",
  failed: "Failed or refused",
  tokensTitle: (share: string): string => `${share} of the tokens read came from a cache`,
  tokensPlain: "Tokens read and written",
  input: "Input",
  cached: "Cached input",
  output: "Output",
  reasoning: "Reasoning",
  latencyTitle: (typical: string, slow: string): string =>
    `The first byte takes ${typical} typically; one in twenty takes longer than ${slow}`,
  latencyNone: "Nobody waited for an answer",
  p50: "Typical (median)",
  p95: "Slow (one in twenty is slower)",
  topModels: "Models",
  topKeys: "Keys",
  topNone: "Nothing yet in this time.",
  calls: (shown: string, count: number): string => (count === 1 ? "1 request" : `${shown} requests`),
  latest: "Latest requests",
  all: "All requests",
} as const;

/** The first minute. */
export const firstWords = {
  title: "Three steps to your first answer",
  text: "Each is ticked as it happens; nothing has to be reloaded.",
  key: "Make a key",
  keyText: "It is your one credential for every model, and it is shown once.",
  keyAction: "Make a key",
  keyDone: "You have one. A key is shown once: make another if you did not keep it.",
  keyMore: "Your keys",
  call: "Call a model",
  callText: "Put your key in place of YOUR_KEY. Any OpenAI, Anthropic or Gemini client works the same way.",
  placeholder: "YOUR_KEY",
  snippet: "First call",
  watch: "Watch it arrive",
  watchText: "The call appears here while it is made, with what it cost.",
  waiting: "Waiting for your first call",
  ended: "Not connected: reload this page to watch.",
  arrived: "It arrived.",
  open: "See how its charge came about",
  onward: "Show the whole overview",
  done: "Done",
  todo: "To do",
} as const;

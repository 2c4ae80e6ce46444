/** What the operator's overview says. */
export const words = {
  title: "Overview",
  range: "Time",
  ranges: { "24h": "24 hours", "7d": "7 days", "30d": "30 days" },
  revenue: "Revenue",
  cost: "Provider cost",
  margin: "Margin",
  absorbed: "Absorbed",
  failures: "Failures",
  accounts: "Active accounts",
  before: (amount: string) => `${amount} before`,
  ofRevenue: (share: string) => `${share} of revenue`,
  ofRequests: (share: string) => `${share} of requests`,
  chart: (revenue: string, cost: string, range: string) =>
    `${revenue} earned in the last ${range}; providers took ${cost}`,
  quiet: (range: string) => `Nothing was charged in the last ${range}`,
  costPart: "Provider cost",
  marginPart: "Margin",
  loss: "Loss",
  upstreams: "Upstreams now",
  upstreamsText: (minutes: number) => `Of the last ${minutes} minutes, from what every process has settled.`,
  circuits: (id: string, processes: number) =>
    processes < 2
      ? "Circuits and calls in flight are live."
      : `Circuits and calls in flight are those of process ${id}, one of ${processes}.`,
  allUpstreams: "All upstreams",
  upstream: "Upstream",
  state: "State",
  success: "Success",
  latency: "Duration p50 / p95",
  inFlight: "In flight",
  lastFailure: "Last failure",
  none: "None",
  idle: "No calls",
  attention: "Needs a look",
  allWell: "Nothing needs a look: settings, books and circuits are fine.",
  frozen: (count: number) => (count === 1 ? "1 account is frozen" : `${count} accounts are frozen`),
  disagreeing: (count: number) =>
    count === 1
      ? "The audit froze 1 account this week: its books disagree"
      : `The audit froze ${count} accounts this week: their books disagree`,
  absorbing: (count: number) =>
    count === 1
      ? "1 account absorbed more than its allowance this week"
      : `${count} accounts absorbed more than their allowance this week`,
  open: (count: number) => (count === 1 ? "1 circuit is open" : `${count} circuits are open`),
  look: "Look",
  top: "Accounts",
  bySpend: "By spend",
  byMargin: "By margin",
  account: "Account",
  spend: "Spend",
  requests: "Requests",
  noAccounts: "No account has spent anything yet",
  noAccountsText: "The first charged request of a customer shows here at once.",
  latest: "Latest failures",
  latestText: "Requests that ended with a status of 500 or more.",
  noFailures: "No request has failed",
  when: "When",
  model: "Model",
  outcome: "Outcome",
  noUpstreams: "No upstream is connected",
  noUpstreamsText: "Connect a provider with its key; its models are on sale at once.",
  connect: "Connect an upstream",
} as const;

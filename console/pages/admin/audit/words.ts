/** What the audit log's screen says. */
export const words = {
  title: "Audit log",
  description:
    "Every change: who, when, what. Each row carries the hash of the one before, so that none can be changed unseen.",
  whole: "The log is as it was written",
  broken: "The log is not as it was written",
  brokenText: (rows: string) =>
    `These rows are not what they were: ${rows}. Compare with a backup before anything else.`,
  checked: (rows: string) => `${rows} rows checked`,
  head: "Last hash",
  when: "When",
  who: "Who",
  did: "Did",
  what: "To what",
  actor: "Who",
  action: "Did",
  actionHint: "key. finds all that begin so",
  object: "To what",
  filter: "Filter",
  csv: "Save as CSV",
  detail: "What changed",
  nothing: "No details",
  emptyTitle: "Nothing of this kind",
  emptyText: "Take a filter away.",
  more: "Show more",
} as const;

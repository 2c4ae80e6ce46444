/** What the screen of exports says. */
export const words = {
  title: "Exports",
  description:
    "Whole tables as CSV, for spreadsheets and for who keeps the books. Columns name their unit; times are in UTC.",
  from: "From",
  to: "To",
  span: "Which time",
  spanText: "By when a row was made; the last day is in it. Leave both empty for everything.",
  wrong: "The last day is before the first.",
  download: "Download CSV",
  files: {
    requests: [
      "Requests",
      "Every request with model, usage, charge, upstream, cost and margin. About the newest 100,000 of a time: take shorter ones for more.",
    ],
    transfers: [
      "Entries",
      "Every transfer of the books: credits, debits, refunds, fees, and the sums of charges. Up to a million rows.",
    ],
    accounts: ["Accounts", "Every account opened in that time, with plan and balance as of now. Up to a million rows."],
    prices: ["Prices", "Every version of every price list that came into force in that time."],
  },
  recorded: "Each download asks for a fresh proof that it is you, and stands in the audit log.",
} as const;

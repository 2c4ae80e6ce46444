/** What the first page says. */
export const words = {
  headline: "One key, one balance, every model.",
  lead: (name: string) =>
    `Point any OpenAI, Anthropic or Gemini client at ${name} by changing its base URL and key. Pay from one prepaid balance, and see what every call cost, to the last fraction of a cent.`,
  start: "Create an account",
  signIn: "Sign in",
  claim: "Claim this installation",
  unclaimed: "Nobody runs it yet. Whoever has its admin code becomes the operator.",
  invited: "New accounts are made by invitation. Ask who runs this for one.",
  browse: "Browse the models",
  snippets: "The same model in each client",
  receiptTitle: "Every charge is a receipt",
  receiptText:
    "Units counted once, by the provider's own count. The price of the moment you asked. One rounding. You can open any request and check it.",
  receiptOf: (model: string) => `One request to ${model}`,
  receiptUnit: "Counted",
  receiptPrice: "Price",
  receiptAmount: "Amount",
  receiptTotal: "Charged",
  receiptNote: "An example of counts; the prices are today's.",
  catalogTitle: (count: number) => `${count} models, one price list`,
  catalogText: "Every model answers in every dialect. What a dialect cannot say is named, never dropped in silence.",
  all: "All models and prices",
  model: "Model",
  maker: "Made by",
  context: "Context",
  price: "Price",
  promisesTitle: "What you can hold us to",
  promises: [
    {
      title: "Failures cost nothing",
      text: "If a provider or the gateway fails, you are not charged, even after half a reply. Only what you cancel yourself is charged for what you received.",
    },
    {
      title: "Never below zero",
      text: "A call is admitted only if your balance covers it. Long replies stop at what is left instead of running up a debt.",
    },
    {
      title: "Your clients, unchanged",
      text: "Chat completions, Responses, Messages and Gemini, streamed or whole, with tools, images, thinking and prompt caching.",
    },
    {
      title: "Limits you can read",
      text: "Budgets and rates by key, shown in every reply. A refused call says why, and when to try again.",
    },
  ],
  stepsTitle: "From nothing to a first answer in a minute",
  steps: [
    { title: "Create an account", text: "An e-mail address and a password or a passkey." },
    { title: "Make a key", text: "With its own models, budget and limits, if you like." },
    { title: "Change two lines", text: "Base URL and key. The rest of your code stays." },
  ],
} as const;

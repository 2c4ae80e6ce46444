/** What the catalogue says. */
export const words = {
  title: "Models",
  description: (plan: string | null) =>
    plan === null
      ? "Every model that you can call, with its price."
      : `Every model that you can call, with its price under the ${plan} plan, which is where everybody starts.`,
  search: "Search by name or maker",
  kind: "Kind",
  maker: "Made by",
  order: "Order",
  allKinds: "All kinds",
  allMakers: "All makers",
  takes: "Takes",
  anything: "Anything",
  views: "Show as",
  table: "Table",
  cards: "Cards",
  model: "Model",
  context: "Context",
  output: "Most output",
  input: "Input",
  out: "Output",
  from: "from",
  narrowIn: "in ·",
  narrowOut: "out, per 1M",
  found: (count: number) => (count === 1 ? "1 model" : `${count} models`),
  none: "No model matches this",
  noneText: "Take a filter away, or search for a part of the name.",
  reset: "Show all models",
  sandbox: "Answers come from the built-in sandbox until a provider is connected.",
  orders: {
    catalog: "By maker",
    cheap: "Cheapest output first",
    dear: "Dearest output first",
    context: "Largest context first",
  },
} as const;

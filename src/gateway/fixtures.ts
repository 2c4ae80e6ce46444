/** Plain values for this folder's tests: a request and a model with nothing special about them. */
import type { PricedModel } from "../catalog/model.ts";
import { EXACT } from "../money.ts";
import type { Ask, ContentBound } from "../protocols/protocol.ts";

const CONTENT: ContentBound = {
  textBytes: 100,
  messages: 1,
  tools: 0,
  images: 0,
  files: 0,
  audioBytes: 0,
  unbounded: false,
  cacheWrite: "none",
};

export const anAsk = (changes: Partial<Omit<Ask, "content">> & { content?: Partial<ContentBound> }): Ask => ({
  model: "m",
  stream: false,
  choices: 1,
  thinkingBudget: 0,
  wantsUsage: true,
  ...changes,
  content: { ...CONTENT, ...changes.content },
});

const PRICES = {
  input: 1_000_000_000n,
  output: 5_000_000_000n,
  reasoning: 5_000_000_000n,
  cache_read: 100_000_000n,
  cache_write_5m: 1_250_000_000n,
  cache_write_1h: 2_000_000_000n,
} as const;

export const aModel = (changes: Partial<PricedModel>): PricedModel => ({
  id: "m",
  provider: "p",
  kind: "chat",
  aliases: [],
  status: "live",
  replacement: null,
  replyModel: null,
  context: 128_000,
  maxOutput: 16_384,
  defaultMaxTokens: null,
  modalities: { input: ["text"], output: ["text"] },
  capabilities: [],
  prices: PRICES,
  tiers: [],
  variants: [],
  rounding: EXACT,
  upstream: null,
  routes: [],
  rpm: null,
  tpm: null,
  concurrency: null,
  created: 0,
  price: { id: 1, base: PRICES, tiers: [], rounding: EXACT },
  variantPrices: [],
  ...changes,
});

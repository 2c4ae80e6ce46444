/** Which models stand on the first page: one of each maker in turn, the newest first as the catalogue has them. Pure. */
import type { ModelLine } from "../../../api/public.ts";

const SHOWN = 8;

/** Makers in the order in which people look for them; the others follow. */
const MAKERS = ["anthropic", "openai", "google", "deepseek", "moonshot", "alibaba", "zhipu", "minimax", "bytedance"];

const rank = (maker: string): number => {
  const at = MAKERS.indexOf(maker);
  return at < 0 ? MAKERS.length : at;
};

/** The dearest by output stands for a maker: it is the one that people know. */
const amount = (model: ModelLine): bigint => BigInt(model.rates.find(({ unit }) => unit === "output")?.nano ?? "0");

/** Live chat models of different makers; sandbox models only where there is nothing else. */
export const featuredOf = (models: readonly ModelLine[]): readonly ModelLine[] => {
  const live = models.filter(({ status, kind }) => status === "live" && kind === "chat");
  const real = live.filter(({ provider }) => provider !== "sandbox");
  const groups = Object.entries(Object.groupBy(real.length === 0 ? live : real, ({ provider }) => provider))
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([, group = []]) => group.toSorted((a, b) => Number(amount(b) - amount(a)) || b.id.localeCompare(a.id)));
  const rounds = Math.max(0, ...groups.map((group) => group.length));
  const inTurn = Array.from({ length: rounds }, (_, round) => groups.flatMap((group) => group.slice(round, round + 1)));
  return inTurn.flat().slice(0, SHOWN);
};

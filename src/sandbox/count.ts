/**
 * How the sandbox counts: one rule, so that anybody can foretell a charge (docs/sandbox.md).
 *
 * Tokens are UTF-8 bytes divided by four, rounded up, over all text of the request; an image is 85 tokens, a document 500, an
 * audio clip 50, whatever their size. A prompt is tools, then turns; cached prefixes are cut out of it in that order.
 */
import { createHash, type Hash } from "node:crypto";

import type { Ask, Item, Part, Ttl } from "./ask.ts";
import type { PromptCache } from "./prompt-cache.ts";
import type { Answer } from "./speech.ts";
import { bytesOf } from "./value.ts";

export const BYTES_PER_TOKEN = 4;

const ITEM_TOKENS = { image: 85, document: 500, audio: 50 } as const satisfies Record<Item["kind"], number>;

/** Tokens; the classes do not overlap, except that `thinking` is inside `output`. */
export interface Counts {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly thinking: number;
}

/** Tokens of a number of bytes. */
export const tokensOf = (bytes: number): number => Math.ceil(bytes / BYTES_PER_TOKEN);

/** One step of the prompt: its text, its items and whether a cached prefix ends here. */
interface Block {
  readonly texts: readonly string[];
  readonly items: readonly Item[];
  readonly cache: Ttl | undefined;
}

const contentOf = (part: Part): Omit<Block, "cache"> => {
  switch (part.kind) {
    case "text":
    case "thinking":
    case "other":
      return { texts: [part.text], items: [] };
    case "redacted":
      return { texts: [part.data], items: [] };
    case "call":
      return { texts: [part.name, part.args], items: [] };
    case "result":
      return { texts: [part.text], items: part.items };
    case "item":
      return { texts: [], items: [part.item] };
  }
};

const blocksOf = (ask: Ask): readonly Block[] => [
  ...ask.tools.map((tool) => ({ texts: [tool.definition], items: [], cache: tool.cache })),
  ...ask.turns.flatMap((turn) => turn.parts.map((part) => ({ ...contentOf(part), cache: part.cache }))),
];

/** Tokens of the prompt up to and including each block. */
const totalsOf = (blocks: readonly Block[]): readonly number[] => {
  let bytes = 0;
  let fixed = 0;
  return blocks.map((block) => {
    for (const text of block.texts) bytes += bytesOf(text);
    for (const item of block.items) fixed += ITEM_TOKENS[item.kind];
    return tokensOf(bytes) + fixed;
  });
};

const addTo = (hash: Hash, block: Block): string => {
  hash.update(JSON.stringify([block.texts, block.items.map((item) => item.line)]));
  return hash.copy().digest("base64");
};

/** Tokens of a prompt without regard to caching. */
export const promptTokens = (ask: Ask): number => totalsOf(blocksOf(ask)).at(-1) ?? 0;

/** Counts a prompt and remembers the prefixes that it marks for caching. */
export const countPrompt = (ask: Ask, cache: PromptCache): Omit<Counts, "output" | "thinking"> => {
  const blocks = blocksOf(ask);
  const totals = totalsOf(blocks);
  const all = totals.at(-1) ?? 0;
  const last = blocks.findLastIndex((block) => block.cache !== undefined);
  if (last < 0) return { input: all, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };

  const hash = createHash("sha256").update(JSON.stringify(ask.model));
  const digests = blocks.slice(0, last + 1).map((block) => addTo(hash, block));
  const hit = digests.findLastIndex((digest) => cache.read(digest));
  const at = (index: number): number => (index < 0 ? 0 : (totals[index] ?? 0));
  const written: Record<Ttl, number> = { "5m": 0, "1h": 0 };
  let from = hit;
  for (const [index, digest] of digests.entries()) {
    const ttl = blocks[index]?.cache;
    if (ttl === undefined || index <= hit) continue;
    written[ttl] += at(index) - at(from);
    from = index;
    cache.write(digest, ttl);
  }
  return { input: all - at(last), cacheRead: at(hit), cacheWrite5m: written["5m"], cacheWrite1h: written["1h"] };
};

/** Tokens of a drawn image, whatever its size: what Google counts for one of 1K. */
export const DRAWN_TOKENS = 1_120;

/** Counts one reply: thinking, text, and each call's name and arguments, each rounded up on its own, and its image. */
export const countAnswer = (answer: Answer): Pick<Counts, "output" | "thinking"> => {
  const thinking = tokensOf(bytesOf(answer.thinking?.text ?? ""));
  const calls = answer.calls.map((call) => tokensOf(bytesOf(call.name) + bytesOf(call.args)));
  const drawn = answer.image === undefined ? 0 : DRAWN_TOKENS;
  const said = tokensOf(bytesOf(answer.text)) + calls.reduce((sum, n) => sum + n, 0);
  return { thinking, output: thinking + said + drawn };
};

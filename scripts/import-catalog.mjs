/**
 * Regenerates catalog/models/ from a catalogue file: one model, one JSON file, in our own shape and units.
 *
 *   node scripts/import-catalog.mjs CATALOG.json
 *
 * Only what the source states is written; inherited prices (cache = input, reasoning = output …) are added by the loader, so that
 * the files show what is known and what is derived. Models of the sandbox are written too: they are ordinary models. Folders that
 * the catalogue does not name are left alone.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const OUT = path.join(import.meta.dirname, "..", "catalog", "models");

/** The source's price keys as our units (DESIGN §9.5). `image_cached` has no unit yet and becomes a rate. */
const UNIT_OF = {
  input: "input",
  text_input: "input",
  output: "output",
  text_output: "output",
  cache_read: "cache_read",
  text_cached: "cache_read",
  cache_write: "cache_write_5m",
  cache_write_1h: "cache_write_1h",
  image_input: "image_input",
  image_output: "image_output",
};

/** The source's rate units: our unit, and how many of it the price is for. */
const RATE_OF = {
  per_image: { unit: "image", per: 1 },
  per_second: { unit: "video_second", per: 1 },
  per_1m_tokens: { unit: "video_token", per: 1_000_000 },
};

/** Chat protocols by their names here; every other protocol keeps the source's name. */
const CHAT_PROTOCOL_OF = { openai: "openai-chat", openai_compatible: "openai-chat" };

const protocolOf = (model) =>
  (model.kind === "chat" ? CHAT_PROTOCOL_OF[model.upstream.protocol] : undefined) ??
  model.upstream.protocol.replaceAll("_", "-");

/** Prices that the source only tells in its notes. */
const AUDIO_INPUT = { "gemini-2.5-flash": "1", "gemini-2.5-flash-lite": "0.3" };

/** Capabilities that are sold per use and have no price in the source: not offered until they have one (I-43). */
const UNPRICED_CAPABILITIES = new Set(["grounding"]);

/** What providers take for a web search of theirs, per million; the source has prices of models only. */
const WEB_SEARCH = { anthropic: "10000" };
const WEB_SEARCH_SOURCE = {
  anthropic: "web search: 10 USD per 1,000 searches, as Anthropic bills the tool beside tokens, 2026-11-20",
};

const pricesOf = (source) => {
  const prices = {};
  for (const [key, price] of Object.entries(source)) {
    if (key === "image_cached" || key === "prompt_tokens_above") continue;
    const unit = UNIT_OF[key];
    if (unit === undefined) throw new Error(`unknown price key ${key}`);
    prices[unit] = price;
  }
  return prices;
};

const ratesOf = (model) => {
  const rates = model.rates.map(({ unit, price, ...variant }) => {
    const known = RATE_OF[unit];
    if (known === undefined) throw new Error(`${model.id}: unknown rate unit ${unit}`);
    return { ...known, price, variant };
  });
  const cached = model.prices.image_cached;
  if (cached !== undefined)
    rates.push({ unit: "image_input", per: 1_000_000, price: cached, variant: { cached: true } });
  return rates;
};

/** Most output of the Gemini models that draw, by their model pages; the source leaves it out. */
const DRAWN_OUTPUT = 32_768;

const entryOf = (model) => {
  const search = model.kind === "chat" ? WEB_SEARCH[model.provider] : undefined;
  const searches = search === undefined ? {} : { web_search: search };
  const prices = { ...pricesOf(model.prices), ...searches };
  const audio = AUDIO_INPUT[model.id];
  if (audio !== undefined) prices.audio_input = audio;
  return {
    id: model.id,
    provider: model.provider,
    kind: model.kind,
    status: model.status,
    statusDate: model.status_date,
    replacement: model.replacement,
    aliases: model.aliases,
    context: model.context,
    maxOutput: model.max_output ?? (model.kind === "image" && protocolOf(model) === "gemini" ? DRAWN_OUTPUT : null),
    modalities: model.modalities,
    capabilities: model.capabilities.filter((name) => !UNPRICED_CAPABILITIES.has(name)),
    endpoints: model.endpoints,
    upstream: { protocol: protocolOf(model), model: model.upstream.model },
    prices,
    tiers: model.tiers.map((tier) => ({ above: tier.prompt_tokens_above, prices: { ...pricesOf(tier), ...searches } })),
    rates: ratesOf(model),
    duration: model.duration,
    resolutions: model.resolutions,
    dimensions: model.dimensions,
    cnyPerMillion: model.cny_per_1m,
    source: search === undefined ? model.source : [...model.source, WEB_SEARCH_SOURCE[model.provider]],
    asOf: model.as_of,
    confidence: model.confidence,
    notes: model.notes,
  };
};

/** Names under `sandbox/`: what each does is in src/sandbox/. */
const SANDBOX = [
  "echo tools thinking slow agent",
  "fault-402 fault-429 fault-500 fault-502 fault-503 fault-504 fault-529 fault-cut-stream fault-error-midstream",
  "upstream-400 upstream-401 upstream-429 upstream-500 upstream-529 upstream-slow-first-byte upstream-cut upstream-error-event",
  "upstream-no-usage upstream-zero-usage upstream-absurd-usage upstream-broken-json upstream-html upstream-empty upstream-error-200",
].flatMap((line) => line.split(" "));

const sandboxEntry = (name) => ({
  id: `sandbox/${name}`,
  provider: "sandbox",
  kind: "chat",
  status: "live",
  context: 200_000,
  maxOutput: 64_000,
  modalities: { input: ["text", "image"], output: ["text"] },
  capabilities: ["streaming", "tools", "parallel_tools", "vision", "prompt_cache", "reasoning", "thinking"],
  endpoints: ["chat_completions", "messages"],
  upstream: { protocol: "any", model: `sandbox/${name}` },
  prices: {
    input: "1",
    output: "5",
    cache_read: "0.1",
    cache_write_5m: "1.25",
    cache_write_1h: "2",
    reasoning: "5",
    // It never searches; with a price, a coding agent may offer it the tool as it does to a real model.
    web_search: "10000",
  },
  source: ["Farthing: the built-in sandbox, which costs the operator nothing"],
  asOf: "2026-11-20",
  confidence: "high",
});

/** The one that draws: an image model that is talked to over Gemini. */
const sandboxImage = () => ({
  ...sandboxEntry("image"),
  kind: "image",
  context: 65_536,
  maxOutput: DRAWN_OUTPUT,
  modalities: { input: ["text", "image"], output: ["text", "image"] },
  capabilities: ["edits", "aspect_ratio"],
  endpoints: ["chat_completions", "messages", "gemini_generate_content"],
  upstream: { protocol: "gemini", model: "sandbox/image" },
  prices: { input: "1", image_input: "1", output: "5", image_output: "30" },
});

/** Those that are not talked to. */
const sandboxOthers = () => {
  const { capabilities: _capabilities, context: _context, maxOutput: _maxOutput, ...plain } = sandboxEntry("");
  const other = (name, fields) => ({
    ...plain,
    id: `sandbox/${name}`,
    kind: name,
    upstream: { protocol: "any", model: `sandbox/${name}` },
    ...fields,
  });
  return [
    other("embedding", {
      context: 8192,
      modalities: { input: ["text"], output: ["embedding"] },
      capabilities: ["dimensions"],
      endpoints: ["embeddings", "gemini_embed_content"],
      prices: { input: "1" },
      dimensions: { default: 16, min: 1, max: 4096 },
    }),
    other("speech", {
      modalities: { input: ["text"], output: ["audio"] },
      endpoints: ["audio_speech"],
      prices: { input: "1", audio_output: "10" },
    }),
    other("transcription", {
      modalities: { input: ["audio", "text"], output: ["text"] },
      endpoints: ["audio_transcriptions"],
      prices: { input: "1", audio_input: "4", output: "5" },
    }),
  ];
};

/** Null, undefined and empty lists say nothing: they are left out, and the schema fills them in. */
const terse = (entry) =>
  Object.fromEntries(
    Object.entries(entry).filter(
      ([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0),
    ),
  );

/** JSON for reading: what fits in a line stays in one line. */
const pretty = (value, indent = "") => {
  const flat = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, " ");
  if (typeof value !== "object" || flat.length + indent.length <= 100) return flat;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + pretty(item, inner)).join(",\n")}\n${indent}]`;
  const members = Object.entries(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${pretty(item, inner)}`);
  return `{\n${members.join(",\n")}\n${indent}}`;
};

const file = process.argv[2];
if (file === undefined) {
  console.error("usage: node scripts/import-catalog.mjs CATALOG.json");
  process.exit(2);
}
const catalog = JSON.parse(readFileSync(file, "utf8"));
const entries = [...catalog.models.map(entryOf), ...SANDBOX.map(sandboxEntry), sandboxImage(), ...sandboxOthers()];
for (const provider of new Set(entries.map((entry) => entry.provider)))
  rmSync(path.join(OUT, provider), { recursive: true, force: true });
for (const entry of entries) {
  const name = entry.id.slice(entry.id.lastIndexOf("/") + 1);
  const folder = path.join(OUT, entry.provider);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.json`), `${pretty(terse(entry))}\n`);
}
console.log(`${entries.length} models written`);

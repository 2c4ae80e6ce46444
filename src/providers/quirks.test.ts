/**
 * Every deviation that we name is one that a provider was seen to have: each row's recording shows it; and each quirk matters: with it
 * the request, the reply or the count is right, and without it wrong. Recordings are read where they are (FARTHING_WIRE).
 */
import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import type { Reply } from "../protocols/canonical.ts";
import { aTarget } from "../protocols/fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "../protocols/fixtures/sides.ts";
import { images } from "../protocols/images/index.ts";
import { PROTOCOLS } from "../protocols/index.ts";
import { CORPUS, hasCorpus, mustHave } from "../protocols/fixtures/wire.ts";
import { readUsage } from "../protocols/openai-chat/meter.ts";
import { UNBOUNDED } from "../protocols/meter.ts";
import { QUIRK_IDS, type QuirkId, type Quirks } from "../protocols/protocol.ts";
import { relay } from "../protocols/relay.ts";
import { splice } from "../protocols/splice.ts";
import { PROVIDERS } from "./index.ts";
import type { Provider } from "./provider.ts";
import { DEVIATIONS, TOLERANCES, type Deviation, type ToleranceId } from "./quirks.ts";

const ROOT = path.resolve(import.meta.dirname, "..", "..");
if (!hasCorpus) console.warn(`NO CORPUS at ${CORPUS}: no quirk is compared with its recording. Set FARTHING_WIRE.`);

type Loose = Record<string, ReturnType<typeof JSON.parse>>;

/** A recording as plainly as possible. */
interface Seen {
  readonly request: Loose;
  readonly status: number;
  /** The reply's own text, and the JSON of its body or of its chunks. */
  readonly text: string;
  readonly streamed: boolean;
  readonly bodies: readonly Loose[];
}

const jsonOf = (text: string): Loose[] => {
  try {
    return [JSON.parse(text) as Loose];
  } catch {
    return [];
  }
};

const see = (file: string): Seen => {
  const { request, response } = JSON.parse(readFileSync(path.join(CORPUS, file), "utf8")) as Loose;
  const text: string = response.sse ?? response.body_raw ?? JSON.stringify(response.body);
  const datas = text.split(/\r\n|\n|\r/).flatMap((line) => (line.startsWith("data:") ? [line.slice(5)] : []));
  const streamed = response.sse !== undefined;
  const bodies = (streamed ? datas : [text]).flatMap(jsonOf);
  return { request: request?.body ?? {}, status: response.status, text, streamed, bodies };
};

const choicesOf = (seen: Seen): Loose[] => seen.bodies.flatMap((body) => body["choices"] ?? []);
const saidOf = (seen: Seen): Loose[] => choicesOf(seen).flatMap((choice) => choice["delta"] ?? choice["message"] ?? []);
const callsOf = (seen: Seen): Loose[] => saidOf(seen).flatMap((said) => said["tool_calls"] ?? []);
const usagesOf = (seen: Seen): Loose[] => seen.bodies.flatMap((body) => body["usage"] ?? []);
const endsOf = (seen: Seen): Loose[] => choicesOf(seen).filter((choice) => choice["finish_reason"]);
const contentOf = (seen: Seen): string =>
  saidOf(seen)
    .map((said) => said["content"] ?? "")
    .join("");
const errorOf = (seen: Seen): string => String(seen.bodies[0]?.["error"]?.message);
const reasoningOf = (usage: Loose): number => usage["completion_tokens_details"]?.reasoning_tokens ?? 0;
const cachedOf = (usage: Loose): number => usage["prompt_tokens_details"]?.cached_tokens ?? 0;
const hasNull = (value: object): boolean => Object.values(value).includes(null);

const KNOWN = new Set(["id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint"]);

const SHOWS: Readonly<Record<QuirkId | ToleranceId, (seen: Seen) => boolean>> = {
  // Told how much may be said by the one name, it keeps to it.
  max_tokens_only: (seen) =>
    !("max_completion_tokens" in seen.request) &&
    usagesOf(seen).every((usage) => usage["completion_tokens"] <= seen.request["max_tokens"]),
  max_completion_tokens_only: (seen) => seen.status === 400 && seen.bodies[0]?.["error"].param === "max_tokens",
  no_stream_options: (seen) =>
    seen.request["stream"] && !("stream_options" in seen.request) && usagesOf(seen).length === 1,
  reasoning_beside_completion: (seen) =>
    usagesOf(seen).some((usage) => {
      const { total_tokens: all, prompt_tokens: prompt, completion_tokens: completion } = usage;
      return reasoningOf(usage) > 0 && all === prompt + completion + reasoningOf(usage);
    }),
  random_seed: (seen) => typeof seen.request["random_seed"] === "number" && seen.status === 200,
  thinking_switch: (seen) =>
    saidOf(seen).some((said) => said["reasoning_content"]) === (seen.request["thinking"].type === "enabled"),
  enable_thinking: (seen) => seen.status === 400 && errorOf(seen).startsWith("enable thinking"),
  reasoning_object: (seen) =>
    typeof seen.request["reasoning"] === "object" && saidOf(seen).some((said) => said["reasoning"]),
  no_forced_tools_while_thinking: (seen) =>
    seen.status === 400 && seen.request["tool_choice"] === "required" && errorOf(seen).includes("tool_choice"),
  wants_reasoning_back: (seen) => seen.status === 400 && errorOf(seen).includes("reasoning_content is missing"),
  think_tags: (seen) => contentOf(seen).startsWith("<think>"),
  tells_prices: (seen) =>
    [...usagesOf(seen), ...seen.bodies].some((holder) => "cost" in holder || "cost_in_usd_ticks" in holder),
  caches_by_prefix: (seen) =>
    !JSON.stringify(seen.request).includes("cache_control") &&
    usagesOf(seen).some((usage) => usage["prompt_cache_hit_tokens"] > 0),
  openai_additions: () => false,
  always_b64_json: (seen) => seen.status === 400 && seen.bodies[0]?.["error"].param === "response_format",

  reasoning_content: (seen) => saidOf(seen).some((said) => said["reasoning_content"]),
  reasoning: (seen) => saidOf(seen).some((said) => said["reasoning"]),
  reasoning_details: (seen) => saidOf(seen).some((said) => said["reasoning_details"]?.length > 0),
  reasoning_twice: (seen) => saidOf(seen).some((said) => said["reasoning"] && said["reasoning_details"]?.length > 0),
  thinking_parts: (seen) => saidOf(seen).some((said) => said["content"]?.[0]?.type === "thinking"),
  usage_beside_choices: (seen) => seen.bodies.some((body) => body["usage"] && body["choices"].length > 0),
  usage_in_many_chunks: (seen) => usagesOf(seen).length > 1,
  usage_in_choice: (seen) => choicesOf(seen).some((choice) => choice["usage"]),
  usage_apart: (seen) => usagesOf(seen).length === 0 && seen.bodies.some((body) => body["x_groq"]?.usage),
  usage_missing: (seen) => seen.streamed && usagesOf(seen).length === 0,
  cache_count_elsewhere: (seen) =>
    usagesOf(seen).some((usage) => "prompt_cache_hit_tokens" in usage || "cached_tokens" in usage),
  cached_beyond_prompt: (seen) => usagesOf(seen).some((usage) => cachedOf(usage) > usage["prompt_tokens"]),
  reasoning_beyond_completion: (seen) => usagesOf(seen).some((one) => reasoningOf(one) > one["completion_tokens"]),
  audio_beside_prompt: (seen) =>
    usagesOf(seen).some((usage) => {
      const audio = usage["prompt_tokens_details"]?.audio_tokens ?? 0;
      return audio > 0 && usage["total_tokens"] === usage["prompt_tokens"] + usage["completion_tokens"] + audio;
    }),
  no_done: (seen) => seen.streamed && !seen.text.includes("[DONE]"),
  two_ends: (seen) => endsOf(seen).length === 2,
  stop_with_calls: (seen) => callsOf(seen).length > 0 && endsOf(seen).some((end) => end["finish_reason"] === "stop"),
  calls_without_index: (seen) => callsOf(seen).some((call) => call["index"] === undefined),
  calls_without_id: (seen) => callsOf(seen).some((call) => call["id"] === ""),
  arguments_null: (seen) => callsOf(seen).some((call) => call["function"].arguments === null),
  empty_calls: (seen) => saidOf(seen).some((said) => said["tool_calls"]?.length === 0),
  null_members: (seen) => saidOf(seen).some(hasNull),
  empty_opening: (seen) => seen.bodies[0]?.["choices"].length === 0 && seen.bodies[0]["id"] === "",
  delta_missing: (seen) => choicesOf(seen).some((choice) => !("delta" in choice)),
  ids_change: (seen) => new Set(seen.bodies.map((body) => body["id"])).size > 1,
  content_on_end: (seen) => endsOf(seen).some((end) => end["delta"].content),
  comments: (seen) => /^:/m.test(seen.text),
  blank_before_body: (seen) => /^\s*\n/.test(seen.text),
  crlf: (seen) => seen.text.includes("\r\n"),
  no_space: (seen) => /^data:\{/m.test(seen.text),
  event_names: (seen) => /^event:/m.test(seen.text),
  error_in_200: (seen) => seen.status === 200 && seen.bodies.some((body) => body["error"]),
  big_integers: (seen) => /"seed":\s*\d{17,}/.test(seen.text),
  unknown_members: (seen) => seen.bodies.some((body) => Object.keys(body).some((name) => !KNOWN.has(name))),
};

const CHAT = PROTOCOLS["openai-chat"];
const TOOLS = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];
const TURN = [{ role: "user", content: "Hi" }];

/** What a chat client's own request becomes on its way to a provider with these quirks. */
const passed = (body: object, quirks: Quirks): Loose => {
  const call = aCall({ model: "m", messages: TURN, ...body });
  const edits = CHAT.edits.request(call, anAsk({ stream: "stream" in body }), aTarget({ quirks }));
  return JSON.parse(Buffer.concat(splice(call.body, call.scan, edits)).toString()) as Loose;
};

/** What a Messages request becomes. */
const translated = (body: object, quirks: Quirks): { sent: Loose; dropped: readonly string[] } => {
  const call = aCall({ model: "m", max_tokens: 9_000, messages: TURN, ...body });
  const order = { from: PROTOCOLS.anthropic, to: CHAT, call, ask: anAsk(), target: aTarget({ quirks }) };
  const { body: sent, dropped } = relay({ ...order, context: aContext() }).request();
  return { sent: JSON.parse(Buffer.concat(sent).toString()) as Loose, dropped };
};

const replyOf = (seen: Seen, quirks: Quirks): Reply =>
  CHAT.upstream.readReply(jsonOf(seen.text)[0] ?? null, aTarget({ quirks }));

/** A recording as a chat client gets it. */
const shown = (seen: Seen, quirks: Quirks): string => {
  const target = aTarget({ model: "m", replyModel: "m", quirks });
  if (!seen.streamed) {
    const reply = CHAT.edits.reply(Buffer.from(seen.text), target);
    return reply.render({ usage: reply.reading.usage ?? {}, source: "reported" }).toString();
  }
  const stream = CHAT.edits.stream(anAsk({ wantsUsage: true }), target, aContext({ wantsUsage: true }));
  const out = [stream.push(Buffer.from(seen.text)), stream.end()];
  return Buffer.concat([
    ...out.filter((bytes) => bytes !== undefined),
    stream.finish({ usage: stream.reading().usage ?? {}, source: "reported" }),
  ]).toString();
};

const budget = { thinking: { type: "enabled", budget_tokens: 2_000 } };
const off = { thinking: { type: "disabled" } };
const withCalls = [...TURN, { role: "assistant", tool_calls: [{ id: "c", ...TOOLS[0] }] }];

/** What each quirk does with its recording, and what would be without it. */
const MATTERS: Readonly<Record<Exclude<QuirkId, "openai_additions">, (seen: Seen) => void>> = {
  max_tokens_only: (seen) => {
    const asked = { max_completion_tokens: seen.request["max_tokens"] };
    expect(passed(asked, { max_tokens_only: true })["max_tokens"]).toBe(seen.request["max_tokens"]);
    expect(passed(asked, {})["max_tokens"]).toBeUndefined();
  },
  max_completion_tokens_only: (seen) => {
    const asked = { max_tokens: seen.request["max_tokens"] };
    expect(passed(asked, { max_completion_tokens_only: true })["max_tokens"]).toBeUndefined();
    expect(passed(asked, {})["max_tokens"]).toBe(seen.request["max_tokens"]);
  },
  no_stream_options: (seen) => {
    const asked = { stream: seen.request["stream"] };
    expect(passed(asked, { no_stream_options: true })).not.toHaveProperty("stream_options");
    expect(passed(asked, {})).toHaveProperty("stream_options");
  },
  reasoning_beside_completion: (seen) => {
    const { total_tokens: all, ...usage } = usagesOf(seen).findLast((one) => reasoningOf(one) > 0) ?? {};
    const read = (reasoningBeside: boolean) => readUsage(usage, { ...UNBOUNDED, reasoningBeside }).usage ?? {};
    const sum = (of: Loose): number => Object.values(of).reduce((one, other) => one + other, 0);
    expect(sum(read(true))).toBe(all);
    expect(sum(read(false))).toBeLessThan(all);
  },
  random_seed: (seen) => {
    const seed = seen.request["random_seed"];
    expect(passed({ seed }, { random_seed: true })).toEqual({ model: "m", messages: TURN, random_seed: seed });
    expect(passed({ seed }, {})["seed"]).toBe(seed);
    const { body } = CHAT.upstream.write(
      { turns: [], stream: false, seed },
      aTarget({ quirks: { random_seed: true } }),
    );
    expect(body).toMatchObject({ random_seed: seed });
    expect(body).not.toHaveProperty("seed");
  },
  thinking_switch: (seen) => {
    const { type } = seen.request["thinking"];
    const { sent, dropped } = translated(type === "enabled" ? budget : off, { thinking_switch: true });
    expect([sent["thinking"], dropped]).toEqual([{ type }, []]);
    expect(translated(off, {})).toMatchObject({ dropped: ["thinking"] });
  },
  enable_thinking: () => {
    const quirks = { enable_thinking: true } as const;
    expect(translated(budget, quirks).sent).toMatchObject({ enable_thinking: true, thinking_budget: 2_000 });
    expect(translated(off, quirks)).toMatchObject({ sent: { enable_thinking: false }, dropped: [] });
    expect(translated(budget, {}).sent).toMatchObject({ reasoning_effort: "low" });
  },
  reasoning_object: (seen) => {
    const quirks = { reasoning_object: true } as const;
    const adaptive = { thinking: { type: "adaptive" } };
    expect(translated(adaptive, quirks).sent["reasoning"]).toEqual(seen.request["reasoning"]);
    expect(translated(budget, quirks).sent["reasoning"]).toEqual({ max_tokens: 2_000 });
    expect(translated(off, quirks)).toMatchObject({ sent: { reasoning: { enabled: false } }, dropped: [] });
    expect(translated(budget, {}).sent).not.toHaveProperty("reasoning");
  },
  no_forced_tools_while_thinking: (seen) => {
    const quirks = { no_forced_tools_while_thinking: true, thinking_switch: true } as const;
    const tools = [{ name: "f", input_schema: { type: "object" } }];
    const forced = { ...budget, tools, tool_choice: { type: "any" } };
    expect(translated(forced, quirks)).toMatchObject({
      sent: { tool_choice: seen.request["tool_choice"], thinking: { type: "disabled" } },
      dropped: ["thinking"],
    });
    expect(translated(forced, { thinking_switch: true }).sent["thinking"]).toEqual(seen.request["thinking"]);
    expect(passed({ tools: TOOLS, tool_choice: "required" }, quirks)["thinking"]).toEqual({ type: "disabled" });
    // Both asked for by the client itself: the provider's to refuse.
    const both = { tools: TOOLS, tool_choice: "required", thinking: { type: "enabled" } };
    expect(passed(both, quirks)["thinking"]).toEqual({ type: "enabled" });
  },
  wants_reasoning_back: () => {
    const quirks = { wants_reasoning_back: true } as const;
    const [, turn] = passed({ messages: withCalls }, quirks)["messages"];
    expect(turn).toEqual({ ...withCalls[1], reasoning_content: " " });
    expect(passed({ messages: withCalls }, {})["messages"]).toEqual(withCalls);
    expect(passed({ messages: withCalls, ...off }, quirks)["messages"]).toEqual(withCalls);
    const use = { role: "assistant", content: [{ type: "tool_use", id: "c", name: "f", input: {} }] };
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "c", content: "1" }] };
    const messages = [...TURN, use, result];
    expect(translated({ messages }, quirks).sent["messages"][1]).toMatchObject({ reasoning_content: " " });
    expect(translated({ messages }, {}).sent["messages"][1]).not.toHaveProperty("reasoning_content");
  },
  think_tags: (seen) => {
    const { parts } = replyOf(seen, { think_tags: true });
    expect(parts[0]).toMatchObject({ type: "thinking" });
    expect(JSON.stringify(parts)).not.toMatch(/<\/?think>/);
    expect(replyOf(seen, {}).parts[0]).toMatchObject({ type: "text", text: expect.stringContaining("<think>") });
    // Its maker gets it back as it came.
    const { body } = CHAT.upstream.write(
      { turns: [{ role: "assistant", parts }], stream: false },
      aTarget({ quirks: { think_tags: true } }),
    );
    expect((body["messages"] as Loose[])[0]?.["content"].trimEnd()).toBe(
      contentOf(seen)
        .replace(/<\/think>\s*/, "</think>\n\n")
        .trimEnd(),
    );
  },
  tells_prices: (seen) => {
    const price = /"(?:cost\w*|is_byok|market_cost)"\s*:/;
    expect(shown(seen, { tells_prices: true })).not.toMatch(price);
    expect(shown(seen, {})).toMatch(price);
  },
  caches_by_prefix: () => {
    const system = [
      { type: "text", text: "x-anthropic-billing-header: cc_version=1.abc" },
      { type: "text", text: "Be." },
    ];
    const call = aCall({ model: "m", max_tokens: 9, messages: TURN, system });
    const edits = (quirks: Quirks) => PROTOCOLS.anthropic.edits.request(call, anAsk(), aTarget({ quirks }));
    expect(edits({ caches_by_prefix: true })).toMatchObject({
      set: { system: JSON.stringify(system.slice(1)) },
      dropped: ["system:x-anthropic-billing-header"],
    });
    expect(edits({})).toMatchObject({ set: {}, dropped: [] });
  },
  always_b64_json: (seen) => {
    expect(drawn(seen.request, { always_b64_json: true })).not.toHaveProperty("response_format");
    expect(drawn(seen.request, {})).toHaveProperty("response_format");
  },
};

/** The request for images that a recording holds, as it reaches the provider. */
const drawn = (asked: Loose, quirks: Quirks): Loose => {
  const call = aCall(asked);
  const target = { model: "m", quirks, piece: null, context: 0, native: undefined } as const;
  const { body } = images("generations", { kind: "json", call }).relay("openai-chat", target, aContext()).request();
  return JSON.parse(Buffer.concat(body).toString()) as Loose;
};

const isQuirk = (name: Deviation["shows"]): name is QuirkId => (QUIRK_IDS as readonly string[]).includes(name);

describe("deviations", () => {
  const quirks = DEVIATIONS.filter(({ shows }) => isQuirk(shows));

  it("name a recording for every quirk but those that only its provider tells of", () => {
    const shown = new Set(quirks.filter(({ recording }) => recording !== null).map((one) => one.shows));
    expect(QUIRK_IDS.filter((quirk) => !shown.has(quirk))).toEqual(["openai_additions"]);
    const tolerated = new Set(DEVIATIONS.map((one) => one.shows));
    expect(Object.keys(TOLERANCES).filter((name) => !tolerated.has(name as ToleranceId))).toEqual([]);
  });

  it.each(quirks.map((one) => [one.provider, one.shows] as const))("%s has the quirk %s in its data", (id, quirk) => {
    const { surfaces }: Provider = PROVIDERS[id];
    expect(surfaces.some((surface) => surface.quirks[quirk as QuirkId])).toBe(true);
  });

  const recorded = mustHave(
    "deviation",
    DEVIATIONS.flatMap(({ recording, ...one }) => (recording === null ? [] : [{ ...one, recording }])),
  );
  it.runIf(hasCorpus).each(recorded)("$provider: $shows is in $recording", ({ shows, recording }) => {
    const seen = see(recording);
    expect(SHOWS[shows](seen)).toBe(true);
    if (isQuirk(shows) && shows !== "openai_additions") MATTERS[shows](seen);
  });

  it("are told in the guide, row by row", () => {
    const guide = readFileSync(path.join(ROOT, "docs/guide/providers.md"), "utf8");
    const rows = DEVIATIONS.map(({ provider, shows, recording }) => {
      const words = isQuirk(shows) ? `**\`${shows}\`**` : TOLERANCES[shows];
      return `| \`${provider}\` | ${words} | ${recording ?? "(documented)"} |`;
    });
    expect(guide).toContain(rows.join("\n"));
  });
});

/** Whether what came of a spoilt stream is right: for the client, and in the books. */
import { STREAM_FAILED } from "../../src/errors.ts";
import { estimateTokens } from "../../src/gateway/estimate.ts";
import { isCharged } from "../../src/ledger/outcome.ts";
import type { Settlement } from "../../src/ledger/ledger.ts";
import { aTarget } from "../../src/protocols/fixtures/corpus.ts";
import { aCall, aContext, anAsk } from "../../src/protocols/fixtures/sides.ts";
import { PROTOCOLS } from "../../src/protocols/index.ts";
import type { ProtocolId } from "../../src/protocols/protocol.ts";
import { relay } from "../../src/protocols/relay.ts";
import { UNITS, type Usage } from "../../src/unit.ts";
import { hearGemini } from "../gemini-grammar.ts";
import { hearChat, hearMessages, must, type Heard } from "../grammar.ts";
import { hearResponses } from "../responses-grammar.ts";
import type { Effect } from "./mutations.ts";
import { plainEvents } from "./plain-sse.ts";
import type { Order, Outcome } from "./rig.ts";
import { checkWire, holdsEnd } from "./wire-grammar.ts";

const HEAR: Readonly<Record<ProtocolId, (sse: string) => Heard>> = {
  "openai-chat": (sse) => hearChat(sse, true),
  "openai-responses": hearResponses,
  anthropic: hearMessages,
  gemini: hearGemini,
};

/** E-STREAM as each dialect says it: the last event of a stream that failed after it began. */
const failureOf = (client: ProtocolId): string =>
  PROTOCOLS[client].client.streamError(STREAM_FAILED, aContext({ model: "m" }));

const kindsOf = (sse: string): string[] => plainEvents(sse).map(({ event, data }) => `${event} ${data.slice(0, 12)}`);

/** True where a stream ends with the dialect's E-STREAM. */
const endsInFailure = (client: ProtocolId, text: string): boolean =>
  text.includes(STREAM_FAILED) && kindsOf(text).at(-1) === kindsOf(failureOf(client)).at(-1);

/** What was sent before E-STREAM. */
const beforeFailure = (client: ProtocolId, text: string): string => {
  const at = text.lastIndexOf(STREAM_FAILED);
  const event = client === "openai-chat" || client === "gemini" ? "data:" : "event:";
  return text.slice(0, text.lastIndexOf(event, at));
};

/** The same stream by the relay alone, with the ending that it would have if the hold had been used up there. */
const cutThere = ({ client, upstream, pieces, end }: Order): string => {
  const stream = relay({
    from: PROTOCOLS[client],
    to: PROTOCOLS[upstream],
    call: aCall({ model: "m" }),
    ask: anAsk({ wantsUsage: true }),
    target: aTarget({ model: "m", replyModel: "m" }),
    context: aContext({ wantsUsage: true }),
  }).stream();
  let text = "";
  for (const piece of pieces) text += stream.push(piece)?.toString() ?? "";
  if (end === "end") text += stream.end()?.toString() ?? "";
  return text + stream.cut({ usage: { input: 1, output: 1 }, source: "estimated" }).toString();
};

/** A stream's legality: of a translated one as the strictest clients read it, of a passed one as any client does. */
const checkGrammar = (order: Order, text: string, complete: boolean): void => {
  const { client, upstream } = order;
  if (client === upstream) checkWire(client, text, complete);
  else if (complete) HEAR[client](text);
  // No validator reads a beginning: with a proper end it must be a whole.
  else HEAR[client](cutThere(order));
};

const tokens = (usage: Usage): number => UNITS.reduce((all, unit) => all + (usage[unit] ?? 0), 0);

/** What is charged: a report is never above the recording's own, in any unit; an estimate never above what the bytes on the wire could say. */
const checkUsage = ({ usage, source }: Settlement, untouched: Settlement, { pieces }: Order): void => {
  if (source === "reported" && untouched.source === "reported")
    for (const unit of UNITS)
      must((usage[unit] ?? 0) <= (untouched.usage[unit] ?? 0), `more ${unit} than was reported`);
  const wire = estimateTokens(pieces.reduce((sum, { length }) => sum + length, 0));
  if (source === "estimated") must(tokens(usage) <= tokens(untouched.usage) + wire, "an estimate beyond the wire");
};

/** The rows that an end belongs to (I-30). */
const rowsOf = ({ end, text }: Outcome, client: ProtocolId): readonly Settlement["outcome"][] => {
  if (end !== "ended") return ["upstream_failed_before_output"];
  if (endsInFailure(client, text)) return ["upstream_failed_after_output"];
  return ["completed", "completed_no_usage", "completed_zero_usage", "content_filtered", "empty"];
};

/** The text without what differs from run to run: the request's id and its time. */
const heard = (text: string): string =>
  text.replaceAll(/req_[0-9a-zA-Z_-]+/g, "req").replaceAll(/"(created|created_at|completed_at)":\s*\d+/g, '"$1":0');

const wordsOf = (text: string): unknown[] =>
  plainEvents(heard(text))
    // What keeps alive, and what gateways of several dialects put after every end, may come or not.
    .filter(({ event, data }) => event !== "ping" && data.trim() !== "[DONE]")
    .map(({ event, data }) => {
      try {
        return [event, JSON.parse(data)];
      } catch {
        return [event, data];
      }
    });

/** A meaning as text: equal for streams that a client could not tell apart. */
const meaning = (text: string): string => JSON.stringify(wordsOf(text));

/**
 * Holds an outcome to the rules. @param untouched what came of the recording itself
 * @throws on the first that it breaks
 */
export const check = (order: Order, effect: Effect, outcome: Outcome, untouched: Outcome): void => {
  const { client } = order;
  const { text, end, settlements, receipts } = outcome;
  const [settlement] = settlements;
  must(
    settlements.length === 1 && receipts.length === 1 && settlement !== undefined,
    `${settlements.length} settlements`,
  );
  const rows = rowsOf(outcome, client);
  must(rows.includes(settlement.outcome), `${settlement.outcome} where ${end} belongs to ${rows[0]}`);
  if (!isCharged(settlement.outcome)) must(receipts[0]?.charge === 0n, "a free outcome was charged");
  if (end.startsWith("refused")) must(text === "", "an error after a byte of the reply");
  const failed = rows[0] !== "completed";
  if (failed && text !== "") checkGrammar(order, beforeFailure(client, text), false);
  if (!failed) {
    must(
      holdsEnd(order.upstream, Buffer.concat(order.pieces).toString()),
      "complete without the provider's word for it",
    );
    checkGrammar(order, text, true);
  }
  const [before] = untouched.settlements;
  if (before !== undefined && isCharged(settlement.outcome)) checkUsage(settlement, before, order);
  if (effect !== "same") return;
  must(settlement.outcome === before?.outcome, `${settlement.outcome}, but untouched ${before?.outcome}`);
  must(JSON.stringify(settlement.usage) === JSON.stringify(before.usage), "another usage than untouched");
  must(receipts[0]?.charge === untouched.receipts[0]?.charge, "another charge than untouched");
  must(meaning(text) === meaning(untouched.text), "another stream than untouched");
};

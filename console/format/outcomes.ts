/** How requests end, in plain words. */
import type { Outcome } from "../api/usage.ts";

export interface OutcomeWords {
  readonly label: string;
  /** As badges have them; what went well has none of its own. */
  readonly tone: "neutral" | "warn" | "bad";
  /** What happened, and what it means for the charge. */
  readonly text: string;
}

const OUTCOMES = {
  completed: { label: "Completed", tone: "neutral", text: "The reply arrived whole. It is charged as it was counted." },
  completed_no_usage: {
    label: "Completed",
    tone: "neutral",
    text: "The reply arrived whole, but the provider did not say what it used. It was counted here, and the charge is an estimate.",
  },
  completed_zero_usage: {
    label: "Completed",
    tone: "neutral",
    text: "The reply arrived and the provider counted nothing. Nothing is charged.",
  },
  client_cancelled: {
    label: "Cancelled",
    tone: "neutral",
    text: "Your side ended the request. What was delivered until then is charged.",
  },
  client_cancelled_preflight: {
    label: "Cancelled",
    tone: "neutral",
    text: "Your side ended the request before a model was asked. Nothing is charged.",
  },
  upstream_failed_before_output: {
    label: "Failed",
    tone: "bad",
    text: "The provider failed before anything was delivered. Nothing is charged.",
  },
  upstream_failed_after_output: {
    label: "Failed midway",
    tone: "bad",
    text: "The provider failed in the middle of the reply. Nothing is charged, not even what was delivered.",
  },
  upstream_failed_charged: {
    label: "Failed midway",
    tone: "bad",
    text: "The provider failed in the middle of the reply. Such failures are free up to a daily allowance, which was used up: what was delivered is charged.",
  },
  empty: { label: "Empty", tone: "bad", text: "The provider answered with nothing. Nothing is charged." },
  content_filtered: {
    label: "Filtered",
    tone: "warn",
    text: "The provider stopped the reply for what it says. What was delivered is charged.",
  },
  gateway_failed: { label: "Failed", tone: "bad", text: "Something failed on our side. Nothing is charged." },
  rejected: {
    label: "Refused",
    tone: "warn",
    text: "The request was refused before a model was asked: for what it says, a limit, or the balance. Nothing is charged.",
  },
  crashed: { label: "Failed", tone: "bad", text: "A server of ours stopped while this ran. Nothing is charged." },
  revoked_midstream: {
    label: "Key revoked",
    tone: "warn",
    text: "The key was revoked, or the account frozen, while the reply ran. What was delivered until then is charged.",
  },
  cut_by_hold: {
    label: "Cut",
    tone: "warn",
    text: "The reply was ended where the balance for it ended. What was delivered is charged.",
  },
  task_lost: { label: "Failed", tone: "bad", text: "The provider lost this task. Nothing is charged." },
} as const satisfies Record<Outcome, OutcomeWords>;

/** All of them, the usual one first. */
export const OUTCOME_IDS = Object.keys(OUTCOMES) as readonly Outcome[];

const isKnown = (id: string): id is Outcome => Object.hasOwn(OUTCOMES, id);

/** An outcome that this page is too old for is shown as it is written. */
export const outcomeWords = (id: string): OutcomeWords =>
  isKnown(id) ? OUTCOMES[id] : { label: id.replaceAll("_", " "), tone: "neutral", text: "" };

const SOURCES: ReadonlyMap<string, string> = new Map([
  ["reported", "Counted by the provider"],
  ["estimated", "Estimated here: the provider did not count"],
  ["recovered", "Counted by the provider, asked for afterwards"],
  ["none", "Nothing was counted"],
]);

export const sourceWords = (id: string): string => SOURCES.get(id) ?? id;

const PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ["openai-chat", "OpenAI Chat Completions"],
  ["openai-responses", "OpenAI Responses"],
  ["anthropic", "Anthropic Messages"],
  ["gemini", "Gemini"],
  ["embeddings", "Embeddings"],
  ["images", "Images"],
  ["speech", "Speech"],
  ["transcriptions", "Transcription"],
]);

export const protocolName = (id: string): string => PROTOCOLS.get(id) ?? id;

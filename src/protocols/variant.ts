/** Which variety of its protocol a model speaks, told from its name: two models of one variety take and give the same. */
import { traitsOf as claudeTraits } from "./anthropic/traits.ts";
import { traitsOf as geminiTraits } from "./gemini/traits.ts";
import { fixesSampling } from "./openai-chat/traits.ts";
import type { ProtocolId } from "./protocol.ts";

/** A trait as a word; what is not so needs none. */
const wordsOf = (traits: object): string[] =>
  Object.entries(traits).flatMap(([name, value]) =>
    value === true ? [name] : typeof value === "string" ? [`${name}:${value}`] : [],
  );

const openaiWords = (model: string): string[] => wordsOf({ fixedSampling: fixesSampling(model) });

const VARIETIES = {
  "openai-chat": openaiWords,
  "openai-responses": openaiWords,
  anthropic: (model) => wordsOf(claudeTraits(model)),
  gemini: (model) => wordsOf(geminiTraits(model)),
} as const satisfies Record<ProtocolId, (model: string) => readonly string[]>;

/** The variety's traits, in a fixed order; none where the protocol has but one. @param model the provider's name for it */
export const varietyOf = (protocol: ProtocolId, model: string): readonly string[] => VARIETIES[protocol](model);

/** Usage as the Gemini API counts it: the prompt holds what was read from the cache, candidates leave the thoughts out. */
import { COMPLETION_UNITS, PROMPT_UNITS, total, type Usage } from "../../unit.ts";
import type { JsonObject } from "../canonical.ts";

type Modality = "TEXT" | "IMAGE" | "AUDIO";

/** Counts by modality, those above zero; none where all is text. */
const detailsOf = (counts: Readonly<Record<Modality, number>>): readonly JsonObject[] | undefined => {
  if (counts.IMAGE === 0 && counts.AUDIO === 0) return undefined;
  return Object.entries(counts).flatMap(([modality, tokenCount]) => (tokenCount > 0 ? [{ modality, tokenCount }] : []));
};

/** A `usageMetadata` object of the dialect. Counts that are zero beyond the three that clients read are left out. */
export const writeUsage = (usage: Usage): JsonObject => {
  const prompt = total(usage, PROMPT_UNITS);
  const completion = total(usage, COMPLETION_UNITS);
  const thoughts = usage.reasoning ?? 0;
  const cached = (usage.cache_read ?? 0) + (usage.audio_cache_read ?? 0);
  const [imageIn, imageOut] = [usage.image_input ?? 0, usage.image_output ?? 0];
  const audioIn = (usage.audio_input ?? 0) + (usage.audio_cache_read ?? 0);
  const audioOut = usage.audio_output ?? 0;
  const promptDetails = detailsOf({ TEXT: prompt - imageIn - audioIn, IMAGE: imageIn, AUDIO: audioIn });
  const cacheDetails = detailsOf({ TEXT: usage.cache_read ?? 0, IMAGE: 0, AUDIO: usage.audio_cache_read ?? 0 });
  const details = detailsOf({ TEXT: usage.output ?? 0, IMAGE: imageOut, AUDIO: audioOut });
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: completion - thoughts,
    totalTokenCount: prompt + completion,
    ...(cached === 0 ? {} : { cachedContentTokenCount: cached }),
    ...(cacheDetails === undefined ? {} : { cacheTokensDetails: cacheDetails }),
    ...(thoughts === 0 ? {} : { thoughtsTokenCount: thoughts }),
    ...(promptDetails === undefined ? {} : { promptTokensDetails: promptDetails }),
    ...(details === undefined ? {} : { candidatesTokensDetails: details }),
  };
};

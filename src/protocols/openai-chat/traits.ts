/** What an OpenAI model takes, told from its name: the one thing that every provider of it has in common. */

/** Families whose models reason before they answer: GPT-5 and later, and the o-series. */
const REASONING = ["gpt-5", "gpt-6", "o1", "o3", "o4"] as const;

/**
 * True for a model that refuses sampling while it reasons (temperature, top_p, penalties, logprobs). Its name may stand behind a
 * reseller's prefix (`openai/gpt-5-mini`); chat variants do not reason.
 */
export const fixesSampling = (model: string): boolean => {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  if (name.includes("-chat")) return false;
  return REASONING.some((family) => name === family || name.startsWith(`${family}-`) || name.startsWith(`${family}.`));
};

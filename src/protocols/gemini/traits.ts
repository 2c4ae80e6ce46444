/** What a Gemini model takes, told from its name: the one thing that every provider of it has in common. */

export interface Traits {
  /** How thinking is asked for: by a level (3 and later), by a budget (2.5), or not at all. */
  readonly thinking: "level" | "budget" | "none";
  /** Cannot be told not to think. */
  readonly alwaysThinks: boolean;
  /** Wants a signature with every first call of a turn, or a word that there is none. */
  readonly wantsSignatures: boolean;
}

/** The version in a name, such as 3.5 in `google/gemini-3.5-flash`; undefined for names without one. */
const versionOf = (model: string): number | undefined => {
  const mark = "gemini-";
  const at = model.indexOf(mark);
  if (at < 0) return undefined;
  const version = Number.parseFloat(model.slice(at + mark.length));
  return Number.isNaN(version) ? undefined : version;
};

/** A Gemini without a version (`gemini-flash-latest`) is taken for a new one; what is no Gemini (Gemma, the sandbox) does not think. */
export const traitsOf = (model: string): Traits => {
  const name = model.toLowerCase();
  const isPro = name.includes("pro");
  if (!name.includes("gemini")) return { thinking: "none", alwaysThinks: false, wantsSignatures: false };
  const version = versionOf(name);
  if (version !== undefined && version < 2.5) return { thinking: "none", alwaysThinks: false, wantsSignatures: false };
  if (version !== undefined && version < 3) return { thinking: "budget", alwaysThinks: isPro, wantsSignatures: false };
  return { thinking: "level", alwaysThinks: true, wantsSignatures: true };
};

/**
 * What a Claude model takes, told from its name: the one thing that every provider of it has in common
 * (`claude-sonnet-4-6`, `anthropic/claude-opus-4.7`, `claude-3-5-haiku-20241022`).
 */

export interface Traits {
  /** A model of Anthropic's, whoever serves it. */
  readonly claude: boolean;
  /** Thinks if it is asked to, whatever a catalogue's list of capabilities forgot. */
  readonly thinks: boolean;
  /** Thinks as much as it sees fit, within an effort. Older models take a budget. */
  readonly adaptive: boolean;
  /** Refuses a budget for thinking. The first adaptive models (4.6) still take both. */
  readonly noBudget: boolean;
  /** Knows the effort `xhigh`. */
  readonly xhigh: boolean;
  /** Refuses temperature, top_p and top_k but for their defaults. */
  readonly fixedSampling: boolean;
  /** Takes one of temperature and top_p, not both. */
  readonly oneSampling: boolean;
}

const FAMILIES = ["opus", "sonnet", "haiku"] as const;
/** The largest number in a name that is a version and not a date. */
const MAX_VERSION = 99;

/** The words and numbers of a name, lower-cased. */
const wordsOf = (model: string): string[] => {
  let spaced = "";
  for (const char of model.toLowerCase())
    spaced += (char >= "a" && char <= "z") || (char >= "0" && char <= "9") ? char : " ";
  return spaced.split(" ").filter((word) => word !== "");
};

/** The version in a name as major × 100 + minor; undefined when the name has none. */
const versionOf = (words: readonly string[]): number | undefined => {
  const numbers = words.map(Number).filter((value) => Number.isInteger(value) && value <= MAX_VERSION);
  const [major, minor = 0] = numbers;
  return major === undefined ? undefined : major * 100 + minor;
};

/** Other makers that speak the protocol (Kimi, GLM, the sandbox) took over its older form: a budget, and free sampling. */
const NO_CLAUDE: Traits = {
  claude: false,
  thinks: false,
  adaptive: false,
  noBudget: false,
  xhigh: false,
  fixedSampling: false,
  oneSampling: false,
};

/** A model that is no Claude, or a Claude of an unknown kind, is taken for a new one where the protocol is its own. */
export const traitsOf = (model: string): Traits => {
  const words = wordsOf(model);
  const isClaude = words.includes("claude");
  if (!isClaude) return NO_CLAUDE;
  const family = FAMILIES.find((name) => words.includes(name));
  const version = versionOf(words);
  if (family === undefined || version === undefined) {
    const old = version !== undefined && version < 400;
    const isNew = { adaptive: !old, noBudget: !old, xhigh: !old, fixedSampling: !old, oneSampling: !old };
    return { claude: true, thinks: false, ...isNew };
  }
  const isFixed = version >= 500 || (version >= 407 && family === "opus");
  return {
    claude: true,
    thinks: version >= 307,
    adaptive: version >= 500 || (version >= 406 && family !== "haiku"),
    noBudget: isFixed,
    xhigh: isFixed,
    fixedSampling: isFixed,
    oneSampling: version >= 405 || (version >= 401 && family === "opus"),
  };
};

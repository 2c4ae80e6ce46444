/**
 * The names by which Cursor asks for models (reference: protocols.md §5.1), as data. Cursor keeps names it knows to itself, so ours
 * are published with a prefix; and it writes how much to think into the name.
 */
import { table } from "../../table.ts";
import type { Effort } from "../canonical.ts";

/** Stands before every published name: a bare `claude-…` or `gemini-…` may be sent to Cursor's own servers. */
export const NAME_PREFIX = "gw/";
/** What else may stand before a name. */
const PREFIXES = [NAME_PREFIX, "anthropic:", "openai:", "google:"] as const;

/** What the end of a name asks for. */
interface Suffix {
  readonly effort?: Effort;
  /** To think at all, as much as the model finds right. */
  readonly thinking?: true;
  /** Nothing that can be had here: named as dropped. */
  readonly idle?: true;
}

const SUFFIXES = table<Suffix>({
  ":minimal": { effort: "minimal" },
  ":low": { effort: "low" },
  ":medium": { effort: "medium" },
  ":high": { effort: "high" },
  ":xhigh": { effort: "xhigh" },
  ":max": { effort: "max" },
  "-minimal": { effort: "minimal" },
  "-low": { effort: "low" },
  "-medium": { effort: "medium" },
  "-high": { effort: "high" },
  "-xhigh": { effort: "xhigh" },
  "-max": { effort: "max" },
  "-thinking": { thinking: true },
  "-fast": { idle: true },
});
/** Most suffixes of one name: `claude-4.5-opus-high-thinking-fast`. */
const MAX_SUFFIXES = 3;
/** What `-thinking` alone asks for. */
const THINKING_EFFORT: Effort = "medium";

/** The variants of a reasoning model that the list shows beside it. */
export const LISTED_EFFORTS = ["low", "medium", "high"] as const satisfies readonly Effort[];

const withoutPrefixes = (name: string): string => {
  let rest = name;
  for (const prefix of PREFIXES) if (rest.startsWith(prefix)) rest = rest.slice(prefix.length);
  return rest;
};

const FAMILIES: ReadonlySet<string> = new Set(["opus", "sonnet", "haiku"]);

const dashed = (name: string): string => name.replaceAll(".", "-");

/** A name and its other spellings: dots as dashes, and Claude's version before the family (`claude-4.5-opus`). */
const spellingsOf = (name: string): readonly string[] => {
  const [maker, version, family, ...more] = name.split("-");
  const isInverted = maker === "claude" && version !== undefined && FAMILIES.has(family ?? "") && more.length === 0;
  return isInverted
    ? [name, `claude-${family}-${version}`, `claude-${family}-${dashed(version)}`, dashed(name)]
    : [name, dashed(name)];
};

/** A name taken apart. */
export interface ReadName {
  /** A name that the installation knows, or the one that was sent. */
  readonly model: string;
  readonly effort?: Effort;
  /** The effort is only what `-thinking` means by itself: what the body asks for stands above it. */
  readonly mild?: true;
  /** Suffixes that ask for what cannot be had. */
  readonly idle: readonly string[];
}

const suffixOf = (name: string): string | undefined =>
  Object.keys(SUFFIXES).find((suffix) => name.length > suffix.length && name.endsWith(suffix));

/**
 * The model that a name of Cursor's means: an exact name wins over everything, then the same without prefix, then without suffixes.
 * @param isModel whether a name stands for a model, exactly
 */
export const readName = (sent: string, isModel: (name: string) => boolean): ReadName => {
  if (isModel(sent)) return { model: sent, idle: [] };
  let name = withoutPrefixes(sent);
  let effort: Effort | undefined;
  let thinks = false;
  const idle: string[] = [];
  for (let taken = 0; ; taken++) {
    const model = spellingsOf(name).find(isModel);
    if (model !== undefined) {
      if (effort !== undefined) return { model, effort, idle };
      return thinks ? { model, effort: THINKING_EFFORT, mild: true, idle } : { model, idle };
    }
    const suffix = taken < MAX_SUFFIXES ? suffixOf(name) : undefined;
    if (suffix === undefined) return { model: sent, idle: [] };
    name = name.slice(0, -suffix.length);
    const asked = SUFFIXES[suffix];
    effort ??= asked?.effort;
    thinks ||= asked?.thinking === true;
    if (asked?.idle === true) idle.push(suffix);
  }
};

/**
 * Reads request targets. Pure, and strict about everything that could mean two things to two parsers: one target has one route.
 *
 * Users paste base URLs with and without `/v1`, and SDKs add their own, so a closed list of mistakes is put right (DESIGN §9.8):
 * doubled versions, doubled endpoints, doubled or trailing slashes, and, on the empty mount only, a missing `/v1`.
 */

/** A request target cut at its question mark; both parts as sent. */
export interface Target {
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
}

/** Splits an origin-form target (`/path?query`). */
export const splitTarget = (target: string): Target => {
  const mark = target.indexOf("?");
  return mark === -1 ? { path: target, query: "" } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
};

export interface PathRules {
  /** Prefixes under which every route exists; `""` is one of them. Each starts with a slash and does not end with one. */
  readonly mounts: readonly string[];
  /**
   * Endpoints below `/v1` without their leading slash, such as `chat/completions`: forms that double one of them, or (on the
   * empty mount) leave out `/v1`, are read as the endpoint.
   */
  readonly endpoints: readonly string[];
  /**
   * Names below a mount that have routes of their own, such as `cursor`: `/cursor/v1/…`. A version before the name, a doubled name
   * and a missing version after it are put right, for tools that add some of them themselves.
   */
  readonly areas?: readonly string[];
}

/** Maps the path of a target to its route, such as `/v1/messages`; null when no legal route can be meant. */
export type PathReader = (path: string) => string | null;

const VERSIONS: ReadonlySet<string> = new Set(["v1", "v1beta"]);
const DEFAULT_VERSION = "v1";
/** From this segment on an encoded slash is a character of a name (`/v1/models/sandbox%2Fecho`); before it, it is a trick. */
const FIRST_NAME_SEGMENT = 2;
const MAX_PATH_LENGTH = 2_048;

const isControl = (code: number): boolean => code < 0x20 || code === 0x7f;

const hasForbidden = (text: string): boolean => {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isControl(code) || code === 0x5c) return true;
  }
  return false;
};

const isTraversal = (segment: string): boolean => segment === "." || segment === "..";

/** One segment decoded once, or null for bad escapes, control characters, backslashes and traversal (D89). */
const readSegment = (segment: string): string | null => {
  let text = segment;
  if (segment.includes("%")) {
    try {
      text = decodeURIComponent(segment);
    } catch {
      return null;
    }
  }
  if (hasForbidden(text)) return null;
  if (!text.includes("/")) return isTraversal(text) ? null : text;
  return text.split("/").some((part) => part === "" || isTraversal(part)) ? null : text;
};

/** The raw segments of a path, empty ones (doubled and trailing slashes) left out. */
const cut = (path: string): string[] => path.split("/").filter((segment) => segment !== "");

const startsWith = (segments: readonly string[], prefix: readonly string[]): boolean =>
  prefix.length <= segments.length && prefix.every((segment, index) => segments[index] === segment);

/** A run of version segments at the start means its last: `/v1/v1/…`, and `/v1/v1beta/…` from a base URL that ended in `/v1`. */
const withoutDoubledVersion = (segments: readonly string[]): readonly string[] => {
  let first = 0;
  while (VERSIONS.has(segments[first] ?? "") && VERSIONS.has(segments[first + 1] ?? "")) first += 1;
  return first === 0 ? segments : segments.slice(first);
};

interface InArea {
  readonly area: string | undefined;
  readonly rest: readonly string[];
}

/** The area that a path leads into, the last where several are named, and the path within it, with its version. */
const splitArea = (segments: readonly string[], areas: ReadonlySet<string>): InArea => {
  let area: string | undefined;
  let rest = segments;
  for (;;) {
    const at = rest.findIndex((segment) => !VERSIONS.has(segment));
    const name = rest[at];
    if (name === undefined || !areas.has(name)) break;
    area = name;
    rest = rest.slice(at + 1);
  }
  const isBare = area !== undefined && rest[0] !== undefined && !VERSIONS.has(rest[0]);
  return { area, rest: isBare ? [DEFAULT_VERSION, ...rest] : rest };
};

/** Forms of one endpoint below a mount that all mean `/v1/<endpoint>`; versions are already single. */
const formsOf = (endpoint: string): readonly string[] => [
  `${DEFAULT_VERSION}/${endpoint}`,
  `${DEFAULT_VERSION}/${endpoint}/${endpoint}`,
  `${DEFAULT_VERSION}/${endpoint}/${DEFAULT_VERSION}/${endpoint}`,
];

/** Builds the reader of an installation's paths. Reading is one look-up for the usual forms. */
export const pathReader = ({ mounts, endpoints, areas = [] }: PathRules): PathReader => {
  const longestFirst = mounts.map(cut).sort((a, b) => b.length - a.length);
  const tolerated = new Map<string, string>();
  const bare = new Set(endpoints);
  const named = new Set(areas);
  for (const endpoint of endpoints)
    for (const form of formsOf(endpoint)) tolerated.set(form, `/${DEFAULT_VERSION}/${endpoint}`);

  const read: PathReader = (path) => {
    if (!path.startsWith("/") || path.length > MAX_PATH_LENGTH) return null;
    const raw = cut(path);
    const mount = longestFirst.find((candidate) => startsWith(raw, candidate)) ?? [];
    const { area, rest } = splitArea(raw.slice(mount.length), named);
    const within = area === undefined ? "" : `/${area}`;
    const segments: string[] = [];
    for (const [index, segment] of withoutDoubledVersion(rest).entries()) {
      const text = readSegment(segment);
      if (text === null || (index < FIRST_NAME_SEGMENT && text.includes("/"))) return null;
      segments.push(text);
    }
    const joined = segments.join("/");
    const known = tolerated.get(joined);
    if (known !== undefined) return within + known;
    // Bare endpoints are our tolerance at the root only; below a mount the seed's own rule is 404 (DESIGN §9.7).
    if (bare.has(joined)) return mount.length === 0 ? `/${DEFAULT_VERSION}/${joined}` : null;
    return joined === "" && within !== "" ? within : `${within}/${joined}`;
  };

  const usual = new Map<string, string>();
  for (const mount of mounts)
    for (const endpoint of endpoints) {
      const form = `${mount}/${DEFAULT_VERSION}/${endpoint}`;
      const route = read(form);
      if (route !== null) usual.set(form, route);
    }
  return (path) => usual.get(path) ?? read(path);
};

/** Collects the names of what a translation cannot carry, in the caller's spelling, so that nothing is lost silently. */
import type { Json, JsonObject } from "./canonical.ts";

/** Most names that are kept, and the longest: a hostile body must not grow what we report. */
const MAX_NAMES = 64;
const MAX_NAME_LENGTH = 96;

/** Null, absent and an empty list all say nothing. */
const saysNothing = (value: Json | undefined): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

export class Dropped {
  readonly #names = new Set<string>();

  /** @param kind the type of the thing at `path`, where the path alone does not tell */
  add(path: string, kind = ""): void {
    if (this.#names.size >= MAX_NAMES) return;
    const name = kind === "" ? path : `${path}:${kind}`;
    this.#names.add(name.slice(0, MAX_NAME_LENGTH));
  }

  /** Names every member that says something and is not among the known ones. @param path of the object, empty for the top level */
  unknown(object: JsonObject, known: ReadonlySet<string>, path = ""): void {
    for (const [name, value] of Object.entries(object))
      if (!known.has(name) && !saysNothing(value)) this.add(path === "" ? name : `${path}.${name}`);
  }

  get names(): readonly string[] {
    return [...this.#names];
  }
}

/** The smallest value that fits a JSON schema. Pure and deterministic. `pattern` cannot be honoured; everything else common is. */
import type { Json, JsonObject } from "../protocols/canonical.ts";
import { blank, own, table } from "../table.ts";
import { countOf, listOf, objectOf, textOf } from "./value.ts";

const MAX_DEPTH = 32;
const MAX_NODES = 10_000;
const MAX_STRING = 4_096;
const MAX_ITEMS = 64;
const WORD = "sandbox";

const FORMATS = table<string>({
  date: "2026-01-01",
  "date-time": "2026-01-01T00:00:00Z",
  time: "00:00:00Z",
  duration: "PT1S",
  email: "sandbox@example.invalid",
  hostname: "example.invalid",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.invalid/",
  url: "https://example.invalid/",
  uuid: "00000000-0000-4000-8000-000000000000",
});

/** A pointer's step as a key; what is not valid percent-encoding stands for itself. */
const keyOf = (step: string): string => {
  const plain = (text: string): string => text.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return plain(decodeURIComponent(step));
  } catch {
    return plain(step);
  }
};

/** The schema that a local reference such as `#/$defs/Thing` names. */
const resolve = (root: Json, reference: string): Json | undefined => {
  if (!reference.startsWith("#")) return undefined;
  let found: Json | undefined = root;
  for (const step of reference.slice(1).split("/").filter(Boolean)) {
    const key = keyOf(step);
    found = Array.isArray(found) ? found[Number(key)] : own(objectOf(found) ?? {}, key);
  }
  return found;
};

const stringFor = (schema: JsonObject): string => {
  const format = FORMATS[textOf(schema["format"]) ?? ""];
  if (format !== undefined) return format;
  const least = Math.min(countOf(schema["minLength"]) ?? 0, MAX_STRING);
  const most = countOf(schema["maxLength"]) ?? MAX_STRING;
  return WORD.repeat(Math.max(1, Math.ceil(least / WORD.length))).slice(
    0,
    Math.max(least, Math.min(most, WORD.length)),
  );
};

const numberFor = (schema: JsonObject, whole: boolean): number => {
  const minimum = schema["minimum"];
  const above = schema["exclusiveMinimum"];
  const maximum = schema["maximum"];
  const below = schema["exclusiveMaximum"];
  const step = whole ? 1 : 0.5;
  let value = 1;
  if (typeof maximum === "number" && value > maximum) value = whole ? Math.floor(maximum) : maximum;
  if (typeof below === "number" && value >= below) value = whole ? Math.ceil(below) - 1 : below - step;
  if (typeof minimum === "number" && value < minimum) value = whole ? Math.ceil(minimum) : minimum;
  if (typeof above === "number" && value <= above) value = whole ? Math.floor(above) + 1 : above + step;
  const multiple = schema["multipleOf"];
  return typeof multiple === "number" && multiple > 0 ? Math.ceil(value / multiple) * multiple : value;
};

/** `allOf` as one schema: properties joined, other members the last one's. */
const merged = (schema: JsonObject, parts: readonly JsonObject[]): JsonObject => {
  const all = [schema, ...parts];
  const { allOf: _, ...rest } = Object.assign(blank<Json>(), ...all) as JsonObject;
  return {
    ...rest,
    properties: Object.assign(blank<Json>(), ...all.map((part) => objectOf(part["properties"]) ?? {})) as JsonObject,
    required: all.flatMap((part) => [...listOf(part["required"])]),
  };
};

const typeOf = (schema: JsonObject): string => {
  const type = schema["type"];
  const first = Array.isArray(type) ? type[0] : type;
  if (typeof first === "string") return first.toLowerCase();
  if (schema["properties"] !== undefined) return "object";
  return schema["items"] === undefined ? "string" : "array";
};

class Maker {
  readonly #root: Json;
  #nodes = 0;

  constructor(root: Json) {
    this.#root = root;
  }

  make(given: Json | undefined, depth: number): Json {
    const schema = objectOf(given);
    this.#nodes += 1;
    if (schema === null || depth > MAX_DEPTH || this.#nodes > MAX_NODES) return given === true ? WORD : null;
    const reference = textOf(schema["$ref"]);
    if (reference !== null) return this.make(resolve(this.#root, reference), depth + 1);
    if (schema["const"] !== undefined) return schema["const"];
    const [allowed] = listOf(schema["enum"]);
    if (allowed !== undefined) return allowed;
    const [alternative] = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])];
    if (alternative !== undefined) return this.make(alternative, depth + 1);
    if (Array.isArray(schema["allOf"])) return this.make(this.#joined(schema), depth + 1);
    return this.#ofType(schema, depth);
  }

  #joined(schema: JsonObject): JsonObject {
    const parts = listOf(schema["allOf"]).map((part) => {
      const reference = textOf(objectOf(part)?.["$ref"]);
      return objectOf(reference === null ? part : resolve(this.#root, reference)) ?? {};
    });
    return merged(schema, parts);
  }

  #ofType(schema: JsonObject, depth: number): Json {
    switch (typeOf(schema)) {
      case "object":
        return this.#object(schema, depth);
      case "array": {
        const length = Math.min(countOf(schema["minItems"]) ?? 0, MAX_ITEMS);
        const fixed = listOf(schema["prefixItems"]);
        return Array.from({ length }, (_, i) => this.make(fixed[i] ?? schema["items"] ?? {}, depth + 1));
      }
      case "integer":
        return numberFor(schema, true);
      case "number":
        return numberFor(schema, false);
      case "boolean":
        return false;
      case "null":
        return null;
      default:
        return stringFor(schema);
    }
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = objectOf(schema["properties"]) ?? {};
    const made = blank<Json>();
    for (const key of listOf(schema["required"]))
      if (typeof key === "string") made[key] = this.make(own(properties, key) ?? {}, depth + 1);
    return { ...made };
  }
}

/** A minimal instance of a schema; null where the schema says nothing usable. */
export const minimal = (schema: Json): Json => new Maker(schema).make(schema, 0);

/** A minimal instance that is an object, as tool arguments must be. */
export const minimalObject = (schema: Json): JsonObject => objectOf(minimal(schema)) ?? {};

/**
 * JSON Schema to and from the subset that the Gemini API calls Schema: types in capitals, `nullable`, `anyOf`, and no references.
 * What the subset lacks is expressed in it where it can be, and named where it cannot.
 */
import { blank, own } from "../../table.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { Dropped } from "../dropped.ts";
import { isObject, listOf, textOf } from "../value.ts";

/** References within each other that are followed; recursive schemas have no end, and end here as any object. */
const MAX_REFERENCES = 8;

/** Keywords that the subset has in the same meaning. */
const KEPT: ReadonlySet<string> = new Set(
  "title description minItems maxItems minProperties maxProperties minLength maxLength pattern minimum maximum default propertyOrdering nullable example".split(
    " ",
  ),
);
/** Keywords that constrain nothing, or that an author adds by habit: their absence changes no argument. */
const IDLE: ReadonlySet<string> = new Set(
  "$schema $id $comment $anchor $defs definitions additionalProperties examples deprecated readOnly writeOnly strict".split(
    " ",
  ),
);
/** Keywords that are written in another form below. */
const REWRITTEN: ReadonlySet<string> = new Set(
  "type enum const format properties required items anyOf oneOf allOf $ref exclusiveMinimum exclusiveMaximum".split(
    " ",
  ),
);
const FORMATS: ReadonlySet<string> = new Set("enum date-time float double int32 int64".split(" "));

class Cleaner {
  readonly #root: JsonObject;
  readonly #dropped: Dropped;
  readonly #path: string;

  constructor(root: JsonObject, path: string, dropped: Dropped) {
    this.#root = root;
    this.#path = path;
    this.#dropped = dropped;
  }

  clean(schema: Json | undefined, references = 0): JsonObject {
    if (!isObject(schema)) return {};
    const whole = this.#resolved(schema, references);
    if (whole === undefined) return { type: "object" };
    const followed = whole === schema ? references : references + 1;
    const { type, nullable } = typeOf(whole);
    const result = blank<Json>();
    if (type !== "") result["type"] = type;
    if (nullable) result["nullable"] = true;
    for (const [name, value] of Object.entries(whole)) {
      if (KEPT.has(name)) result[name] = value;
      else if (!IDLE.has(name) && !REWRITTEN.has(name)) this.#dropped.add(this.#path, name);
    }
    this.#structure(whole, followed, result);
    this.#values(whole, type, result);
    return result;
  }

  /** The schema with its reference and its `allOf` taken in; undefined where references do not end. */
  #resolved(schema: JsonObject, references: number): JsonObject | undefined {
    const reference = textOf(schema["$ref"]);
    const parts = listOf(schema["allOf"]).filter(isObject);
    if (reference === "" && parts.length === 0) return schema;
    if (references >= MAX_REFERENCES) return undefined;
    const { $ref: _reference, allOf: _parts, ...own } = schema;
    const taken = [...(reference === "" ? [] : [this.#at(reference)]), ...parts];
    return taken.reduce<JsonObject>((all, part) => joined(all, part), own);
  }

  #at(reference: string): JsonObject {
    let found: Json = this.#root;
    if (!reference.startsWith("#")) return {};
    for (const name of reference.slice(1).split("/").slice(1))
      found = isObject(found) ? (own(found, name.replaceAll("~1", "/").replaceAll("~0", "~")) ?? null) : null;
    return isObject(found) ? found : {};
  }

  #structure(schema: JsonObject, references: number, result: Record<string, Json>): void {
    const { properties, items, required } = schema;
    if (isObject(properties) && Object.keys(properties).length > 0) {
      const known = Object.entries(properties).map(([name, inner]) => [name, this.clean(inner, references)] as const);
      result["properties"] = Object.fromEntries(known);
      const wanted = listOf(required).filter((name) => typeof name === "string" && Object.hasOwn(properties, name));
      if (wanted.length > 0) result["required"] = wanted;
    }
    if (result["type"] === "array") result["items"] = this.clean(items, references);
    const choices = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])].filter((one) => !isNull(one));
    const [only] = choices;
    if (choices.length < listOf(schema["anyOf"]).length + listOf(schema["oneOf"]).length) result["nullable"] = true;
    if (choices.length === 1) Object.assign(result, { ...this.clean(only, references), ...result });
    else if (choices.length > 1) result["anyOf"] = choices.map((one) => this.clean(one, references));
  }

  /** Values that are listed, and bounds; numbers among the values have no form here. */
  #values(schema: JsonObject, type: string, result: Record<string, Json>): void {
    const values = schema["const"] === undefined ? listOf(schema["enum"]) : [schema["const"]];
    const texts = values.filter((value) => typeof value === "string" && value !== "");
    if (texts.length > 0 && (type === "string" || type === "")) {
      result["type"] = "string";
      result["enum"] = texts;
    } else if (values.length > 0) this.#dropped.add(this.#path, "enum");
    const format = textOf(schema["format"]);
    if (FORMATS.has(format)) result["format"] = format;
    for (const [exclusive, bound] of [
      ["exclusiveMinimum", "minimum"],
      ["exclusiveMaximum", "maximum"],
    ] as const) {
      const value = schema[exclusive];
      if (typeof value !== "number") continue;
      // Exact for whole numbers, and the nearest that there is for others.
      const step = type === "integer" ? (bound === "minimum" ? 1 : -1) : 0;
      if (step === 0) this.#dropped.add(this.#path, exclusive);
      result[bound] ??= value + step;
    }
  }
}

const isNull = (schema: Json): boolean => isObject(schema) && schema["type"] === "null";

/** The one type of a schema, whether it may be null, and a type for what is plainly an object or a list. */
const typeOf = (schema: JsonObject): { readonly type: string; readonly nullable: boolean } => {
  const said = (Array.isArray(schema["type"]) ? listOf(schema["type"]) : [schema["type"] ?? ""]).map((type) =>
    textOf(type).toLowerCase(),
  );
  const types = said.filter((type) => type !== "null" && type !== "");
  const guess = isObject(schema["properties"]) ? "object" : schema["items"] === undefined ? "" : "array";
  return { type: types[0] ?? guess, nullable: said.includes("null") };
};

/** Two schemas that both hold. */
const joined = (one: JsonObject, other: JsonObject): JsonObject => {
  const [mine, theirs] = [one["properties"], other["properties"]];
  const properties = isObject(mine) && isObject(theirs) ? { properties: { ...theirs, ...mine } } : {};
  const required = [...listOf(one["required"]), ...listOf(other["required"])];
  return { ...other, ...one, ...properties, ...(required.length === 0 ? {} : { required: [...new Set(required)] }) };
};

/** A JSON Schema in the API's subset. @param path by which losses are named */
export const cleanSchema = (schema: JsonObject, path: string, dropped: Dropped): JsonObject =>
  new Cleaner(schema, path, dropped).clean(schema);

/** Members of a schema that are schemas, or hold them by name. */
const INNER = ["items", "additionalProperties"] as const;

/** The API's Schema as JSON Schema: types in small letters, `nullable` as a type of its own. */
export const schemaOf = (schema: JsonObject): JsonObject => {
  const result: Record<string, Json> = { ...schema };
  const { type, nullable, properties, anyOf, enum: values } = schema;
  if (typeof type === "string") {
    const plain = type.toLowerCase();
    if (plain === "type_unspecified") delete result["type"];
    else result["type"] = nullable === true ? [plain, "null"] : plain;
  }
  if (nullable === true && Array.isArray(values)) result["enum"] = [...listOf(values), null];
  delete result["nullable"];
  if (isObject(properties))
    result["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, isObject(inner) ? schemaOf(inner) : inner]),
    );
  for (const name of INNER) {
    const inner = schema[name];
    if (isObject(inner)) result[name] = schemaOf(inner);
  }
  if (Array.isArray(anyOf)) result["anyOf"] = listOf(anyOf).map((inner) => (isObject(inner) ? schemaOf(inner) : inner));
  return result;
};

/**
 * Names in both spellings. The API is protocol buffers in JSON, whose readers take `generationConfig` and `generation_config`
 * alike and write the former, so everything here is read by its first spelling.
 */
import { errors } from "../../errors.ts";
import { blank } from "../../table.ts";
import type { Json, JsonObject } from "../canonical.ts";
import type { JsonScan, Span } from "../json.ts";
import { isObject } from "../value.ts";

/** `systemInstruction` as `system_instruction`. */
export const snakeOf = (name: string): string => {
  let snake = "";
  for (const char of name) snake += char >= "A" && char <= "Z" ? `_${char.toLowerCase()}` : char;
  return snake;
};

/** `system_instruction` as `systemInstruction`. */
const camelOf = (name: string): string => {
  const [first = "", ...rest] = name.split("_");
  return first + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
};

/**
 * An object with its own names in camel case; what is inside its members stays as it is.
 * @throws GatewayError duplicate_key where one name comes in both spellings: what is priced must be what is served
 */
export const camel = (object: JsonObject): JsonObject => {
  const names = Object.keys(object);
  if (!names.some((name) => name.includes("_"))) return object;
  const result = blank<Json>();
  for (const name of names) {
    const key = camelOf(name);
    if (key in result) throw errors.duplicateKey(key);
    result[key] = object[name] ?? null;
  }
  return result;
};

/** The object at `name`, its own names in camel case; undefined when there is none. */
export const camelAt = (object: JsonObject | undefined, name: string): JsonObject | undefined => {
  const value = object?.[name];
  return isObject(value) ? camel(value) : undefined;
};

/** The spelling in which a request has a member. @throws GatewayError duplicate_key where it has both */
export const spelled = (scan: JsonScan, name: string): { readonly name: string; readonly span: Span } | undefined => {
  const snake = snakeOf(name);
  const [one, other] = [scan.members.get(name), scan.members.get(snake)];
  if (one !== undefined && other !== undefined && snake !== name) throw errors.duplicateKey(name);
  if (one !== undefined) return { name, span: one };
  return other === undefined ? undefined : { name: snake, span: other };
};

/** A whole number that may come as text, as 64-bit integers do in this JSON; undefined for anything else. */
export const integerOf = (value: Json | undefined): number | undefined => {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
};

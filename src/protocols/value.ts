/** Narrowing of parsed JSON whose shape is somebody else's word. */
import type { Json, JsonObject } from "./canonical.ts";

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The object at `name`; undefined when there is none. */
export const objectAt = (object: JsonObject | undefined, name: string): JsonObject | undefined => {
  const value = object?.[name];
  return isObject(value) ? value : undefined;
};

/** The elements of an array; none for anything else. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

/** A string; empty for anything else. */
export const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");

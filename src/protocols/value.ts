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

/** A number; undefined for anything else. */
export const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

/** The members whose value is there. */
export const given = <Members extends Record<string, unknown>>(
  members: Members,
): { [K in keyof Members]?: NonNullable<Members[K]> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof Members]?: NonNullable<Members[K]>;
  };

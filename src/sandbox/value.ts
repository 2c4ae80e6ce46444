/** Reading of untyped JSON: every look at a value says what it takes, and anything else is absent. */
import type { Json, JsonObject } from "../protocols/canonical.ts";

/** The value as an object, or null. */
export const objectOf = (value: Json | undefined): JsonObject | null =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;

/** The value as a list; empty for anything else. */
export const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

/** The objects of a list; other elements are left out. */
export const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  listOf(value)
    .map((element) => objectOf(element))
    .filter((element) => element !== null);

/** The value as a string, or null. */
export const textOf = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

/** The value as a non-negative whole number, or null. */
export const countOf = (value: Json | undefined): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** Number of bytes of a text in UTF-8. */
export const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

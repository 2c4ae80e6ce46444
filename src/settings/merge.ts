/**
 * The three-way merge between a configuration file and the database. Pure.
 *
 * For each field there are three values: what the file says now, what it said when it was last applied, and what the database
 * holds (which the console may have changed since). A field changes only if the file's own value changed. Maps merge by key;
 * lists and scalars are taken whole.
 */
import { isDeepStrictEqual } from "node:util";

import { own } from "../table.ts";
import type { Fields, Value } from "./variables.ts";

const isMap = (value: Value | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Maps (or nothing) on all three sides, and a map on at least one of the file's: merged key by key. */
const mergesByKey = (values: readonly (Value | undefined)[]): boolean =>
  values.every((value) => value === undefined || isMap(value)) && values.some(isMap);

const mergeValue = (
  applied: Value | undefined,
  file: Value | undefined,
  current: Value | undefined,
): Value | undefined => {
  if (isDeepStrictEqual(applied, file)) return current;
  if (!mergesByKey([applied, file, current])) return file;
  const merged = mergeFields(isMap(applied) ? applied : {}, isMap(file) ? file : {}, isMap(current) ? current : {});
  return file === undefined && Object.keys(merged).length === 0 ? undefined : merged;
};

/**
 * The fields that the database should hold.
 * @param applied what the file said when it was last applied.
 * @param file what it says now.
 * @param current what the database holds.
 */
export const mergeFields = (applied: Fields, file: Fields, current: Fields): Fields => {
  const names = new Set([...Object.keys(current), ...Object.keys(file), ...Object.keys(applied)]);
  const merged: [string, Value][] = [];
  for (const name of names) {
    const value = mergeValue(own(applied, name), own(file, name), own(current, name));
    if (value !== undefined) merged.push([name, value]);
  }
  return Object.fromEntries(merged);
};

/** What is remembered of a file: its fields when last applied (secrets as fingerprints), and whether the object was in it. */
export interface Applied {
  readonly present: boolean;
  readonly fields: Fields;
}

/** An object as the database holds it. */
export interface Held {
  readonly data: Fields;
  readonly applied: Applied;
  readonly enabled: boolean;
}

export const CHANGES = ["created", "updated", "enabled", "disabled"] as const;
export type ChangeKind = (typeof CHANGES)[number];

/** What the file did to one object. Names of fields only, never values. */
export interface Change {
  readonly kind: string;
  readonly id: string;
  readonly change: ChangeKind;
  readonly fields: readonly string[];
}

export interface Merged {
  readonly held: Held;
  /** What happened to the object; null when the file brought nothing new. */
  readonly change: ChangeKind | null;
  /** Names of the fields whose value changed. */
  readonly fields: readonly string[];
}

const NEVER: Applied = { present: false, fields: {} };

/**
 * One object of the file against the database. An object that comes (back) into the file is enabled; one that left is disabled and
 * kept; one that the console disabled stays so while it stays in the file.
 * @param held null when the database does not know the object.
 * @param file its fields; null when the file does not name it.
 */
export const mergeObject = (held: Held | null, file: Fields | null): Merged | null => {
  if (file === null) {
    if (held === null) return null;
    if (!held.applied.present) return { held, change: null, fields: [] };
    const left: Held = { ...held, enabled: false, applied: { ...held.applied, present: false } };
    return { held: left, change: held.enabled ? "disabled" : null, fields: [] };
  }
  const before = held ?? { data: {}, applied: NEVER, enabled: false };
  const data = mergeFields(before.applied.fields, file, before.data);
  const names = new Set([...Object.keys(before.data), ...Object.keys(data)]);
  const fields = [...names].filter((name) => !isDeepStrictEqual(before.data[name], data[name]));
  const enabled = before.applied.present ? before.enabled : true;
  const merged: Held = { data, applied: { present: true, fields: file }, enabled };
  if (held === null) return { held: merged, change: "created", fields };
  if (enabled && !before.enabled) return { held: merged, change: "enabled", fields };
  return { held: merged, change: fields.length > 0 ? "updated" : null, fields };
};

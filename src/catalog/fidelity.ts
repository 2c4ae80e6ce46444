/**
 * What each client dialect can ask of a model, and hear from it, over each surface by which providers serve it: the result of a
 * test run (`npm run fidelity`), read once at start. Nothing here decides anything; it is published with the models.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import type { QuirkId } from "../protocols/protocol.ts";
import { varietyOf } from "../protocols/variant.ts";
import type { Surface } from "../providers/provider.ts";
import type { Model } from "./model.ts";

export const FIDELITY_FILE = path.join(import.meta.dirname, "..", "..", "catalog", "fidelity.json");

/** Client dialects, by the route that speaks them. */
export const CLIENT_DIALECTS = ["chat", "responses", "messages", "gemini", "completions"] as const;
export type ClientDialect = (typeof CLIENT_DIALECTS)[number];

/**
 * What becomes of a feature: `carried` to the other side; `named` in `x-farthing-dropped`; `refused` with a 400; `idle` where it
 * changes nothing about the reply. `absent` is for replies alone: the client's dialect has no place for it.
 */
export const FATES = ["carried", "named", "refused", "idle", "absent"] as const;
export type Fate = (typeof FATES)[number];

const fates = z.partialRecord(z.enum(FATES), z.array(z.string()));
const cells = z.record(z.enum(CLIENT_DIALECTS), fates);
/** Columns that are alike stand together. */
const group = z.strictObject({ columns: z.array(z.string()), cells });
const shape = z.strictObject({ requests: z.array(group), replies: z.array(group) });

export type Group = z.output<typeof group>;
/** Features by their fate, by client dialect. */
export type Cells = z.output<typeof cells>;

/** Cells by the provider's column: its surface for requests, its protocol for replies. */
export interface Fidelity {
  readonly requests: Readonly<Record<string, Cells>>;
  readonly replies: Readonly<Record<string, Cells>>;
}

const spread = (groups: readonly Group[]): Record<string, Cells> =>
  Object.fromEntries(groups.flatMap(({ columns, cells: all }) => columns.map((column) => [column, all])));

/** @throws when the file is missing or not what it should be: it is part of the code */
export const loadFidelity = (file: string = FIDELITY_FILE): Fidelity => {
  const { requests, replies } = shape.parse(JSON.parse(readFileSync(file, "utf8")));
  return { requests: spread(requests), replies: spread(replies) };
};

/** How a surface's replies are told apart. */
export const replyColumn = ({ protocol, completes }: Surface): string =>
  completes === true ? "openai-completions" : protocol;

/** The model's side of a surface: its name there, and what is known of it. */
type Served = Pick<Model, "capabilities" | "modalities">;

/** Quirks that no conversation meets. */
const BESIDE_CONVERSATIONS: readonly string[] = ["always_b64_json"] satisfies QuirkId[];

/** Everything about a surface and a model on it that decides what a request may hold. */
export const requestColumn = (surface: Surface, providerModel: string, model: Served): string => {
  const quirks = Object.keys(surface.quirks)
    .filter((quirk) => !BESIDE_CONVERSATIONS.includes(quirk))
    .sort();
  const known = model.capabilities.length > 0;
  const words = [
    ...varietyOf(surface.protocol, providerModel),
    ...(known ? [model.capabilities.includes("reasoning") ? "reasons" : "does not reason"] : []),
    ...(model.modalities.output.includes("image") ? ["draws"] : []),
  ];
  return [replyColumn(surface), ...quirks, ...words].join(", ");
};

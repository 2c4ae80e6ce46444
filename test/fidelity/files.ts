/** Where the measured matrix is kept, and how it is written. */
import path from "node:path";

import { FIDELITY_FILE } from "../../src/catalog/fidelity.ts";
import type { Cells, Fidelity, Group } from "../../src/catalog/fidelity.ts";
import { pageOf } from "./page.ts";

export const PAGE_FILE = path.join(import.meta.dirname, "..", "..", "docs", "fidelity.md");

/** Columns that are alike, together. */
const grouped = (columns: Fidelity["requests"]): readonly Group[] => {
  const groups = new Map<string, { readonly columns: string[]; readonly cells: Cells }>();
  for (const [name, cells] of Object.entries(columns)) {
    const key = JSON.stringify(cells);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { columns: [name], cells });
    else known.columns.push(name);
  }
  return [...groups.values()];
};

/** One line for each column and dialect, so that a change is seen where it is. */
const linesOf = ({ columns, cells }: Group): string => {
  const names = columns.map((name) => `        ${JSON.stringify(name)}`).join(",\n");
  const rows = Object.entries(cells).map(
    ([dialect, cell]) => `        ${JSON.stringify(dialect)}: ${JSON.stringify(cell)}`,
  );
  return `    {\n      "columns": [\n${names}\n      ],\n      "cells": {\n${rows.join(",\n")}\n      }\n    }`;
};

const listOf = (columns: Fidelity["requests"]): string => grouped(columns).map(linesOf).join(",\n");

const jsonOf = ({ requests, replies }: Fidelity): string =>
  `{\n  "requests": [\n${listOf(requests)}\n  ],\n  "replies": [\n${listOf(replies)}\n  ]\n}\n`;

/** The files' texts by their paths. */
export const filesOf = (fidelity: Fidelity): readonly (readonly [string, string])[] => [
  [FIDELITY_FILE, jsonOf(fidelity)],
  [PAGE_FILE, pageOf(fidelity)],
];

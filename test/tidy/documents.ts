/** Documents that drift are worse than none: their links resolve, and decisions are numbered, listed and whole. */
import path from "node:path";

import type { SourceFile } from "./source.ts";

/** What exists: paths of files and folders, and the documents' texts. */
export interface Tree {
  readonly paths: ReadonlySet<string>;
  readonly documents: ReadonlyMap<string, string>;
}

/** Every file and every folder above one. */
export const treeOf = (paths: readonly string[], files: readonly SourceFile[]): Tree => {
  const all = new Set<string>(paths);
  for (const name of paths)
    for (let folder = path.posix.dirname(name); folder !== "."; folder = path.posix.dirname(folder)) all.add(folder);
  return {
    paths: all,
    documents: new Map(files.filter((file) => file.path.endsWith(".md")).map((file) => [file.path, file.text])),
  };
};

const withoutCode = (text: string): string => text.replaceAll(/```[\s\S]*?```/g, "").replaceAll(/`[^`\n]*`/g, "");

/** A heading as its anchor: lower case, words joined by dashes, punctuation dropped. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

const anchorsOf = (text: string): Set<string> =>
  new Set(
    [...text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) =>
      anchorOf((match[1] ?? "").replaceAll("`", "")),
    ),
  );

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;

/** Relative links of a document: the target exists, and so does the heading it names. */
export const checkLinks = (file: SourceFile, tree: Tree): string[] => {
  if (!file.path.endsWith(".md")) return [];
  return [...withoutCode(file.text).matchAll(LINK)].flatMap((match) => {
    const link = match[1] ?? "";
    if (/^[a-z]+:/.test(link)) return [];
    const [target = "", anchor] = link.split("#");
    const resolved =
      target === "" ? file.path : path.posix.join(path.posix.dirname(file.path), target).replace(/\/$/, "");
    if (!tree.paths.has(resolved)) return [`links to ${link}, which does not exist`];
    const document = tree.documents.get(resolved);
    const isDangling = anchor !== undefined && document !== undefined && !anchorsOf(document).has(anchor);
    return isDangling ? [`links to ${link}, which has no such heading`] : [];
  });
};

/** Documents that a comment sends its reader to. The tidy test itself holds planted ones. */
export const checkMentions = (file: SourceFile, tree: Tree): string[] =>
  file.path.startsWith("src/") || (file.path.startsWith("test/") && !file.path.startsWith("test/tidy"))
    ? [...file.text.matchAll(/\bdocs\/[\w/-]+\.md\b/g)]
        .filter(([name]) => !tree.paths.has(name))
        .map(([name]) => `mentions ${name}, which does not exist`)
    : [];

const DECISIONS = "docs/decisions";
const SECTIONS = ["## Context", "## Decision", "## Consequences", "## Evidence"];

const checkDecision = (name: string, text: string, index: string): string[] => {
  const base = path.posix.basename(name);
  const number = base.slice(0, 4);
  return [
    ...(text.startsWith(`# ${number}. `) ? [] : [`${base} does not begin with "# ${number}. "`]),
    ...SECTIONS.filter((section) => !text.includes(`\n${section}\n`)).map((section) => `${base} has no "${section}"`),
    ...(index.includes(`](${base})`) ? [] : [`${base} is not listed in README.md`]),
  ];
};

/** Decisions: NNNN-title.md without gaps, each whole and listed. */
export const checkDecisions = (tree: Tree): string[] => {
  const index = tree.documents.get(`${DECISIONS}/README.md`);
  if (index === undefined) return [`${DECISIONS}/README.md is missing`];
  const names = [...tree.documents.keys()]
    .filter((name) => name.startsWith(`${DECISIONS}/`) && !name.endsWith("/README.md"))
    .toSorted();
  return names.flatMap((name, position) => {
    const expected = String(position + 1).padStart(4, "0");
    const base = path.posix.basename(name);
    if (!base.startsWith(`${expected}-`))
      return [`${base} should be number ${expected}: a gap, or a number used twice`];
    return checkDecision(name, tree.documents.get(name) ?? "", index);
  });
};

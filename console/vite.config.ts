/** Builds the console into console/dist: hashed files below /console/assets, each also as .br and .gz. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import mdx from "@mdx-js/rollup";
import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import remarkGfm from "remark-gfm";
import { defineConfig, type Plugin } from "vite";

const root = import.meta.dirname;
const dist = path.join(root, "dist");

/** What is worth sending compressed; fonts and images are compressed already. */
const COMPRESSED = [".js", ".css", ".html", ".svg", ".json"];
/** Smaller files gain nothing. */
const LEAST_BYTES = 512;

const filesOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());

/** Compresses once at build time, so that the server only ever sends bytes. */
const compress = (): Plugin => ({
  name: "farthing-compress",
  apply: "build",
  writeBundle: ({ dir = dist }) => {
    for (const file of filesOf(dir)) {
      const bytes = readFileSync(file);
      if (!COMPRESSED.includes(path.extname(file)) || bytes.length < LEAST_BYTES) continue;
      writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
      writeFileSync(`${file}.br`, brotliCompressSync(bytes));
    }
  },
});

const REFERENCE = "virtual:api-reference";

interface ApiDocument {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, unknown>>;
}

/** The public part of the API's document, without the console's own routes, as a module that the reference loads. */
const reference = (): Plugin => ({
  name: "farthing-reference",
  resolveId: (id) => (id === REFERENCE ? `\0${REFERENCE}` : undefined),
  load: (id) => {
    if (id !== `\0${REFERENCE}`) return undefined;
    const text = readFileSync(path.join(root, "..", "docs", "openapi.json"), "utf8");
    const document = JSON.parse(text) as ApiDocument;
    const isPublic = ([name]: readonly [string, unknown]): boolean => !name.startsWith("/console/");
    const shown = {
      ...document,
      tags: document.tags.filter(({ name }) => !name.startsWith("console:")),
      paths: Object.fromEntries(Object.entries(document.paths).filter(isPublic)),
    };
    return `export const document = ${JSON.stringify(shown)};`;
  },
});

/** Of one file, not compressed; test/console/first-load.test.ts bounds what is loaded first. */
const WARN_KB = 700;

/**
 * What every page needs comes in two files and not in thirty, of which a browser without HTTP/2 fetches six at a time: the libraries,
 * which stay in its cache when only our own code has changed, and ours. Screens stay files of their own.
 */
const FIRST = [
  { name: "libraries", tags: ["$initial" as const], test: /[\\/]node_modules[\\/]/, priority: 1 },
  { name: "first", tags: ["$initial" as const] },
];

export default defineConfig({
  root,
  base: "/console/",
  publicDir: path.join(root, "public"),
  plugins: [
    { enforce: "pre", ...mdx({ remarkPlugins: [remarkGfm], providerImportSource: "#mdx" }) },
    react({ include: /\.(tsx|mdx)$/ }),
    tailwind(),
    reference(),
    compress(),
  ],
  resolve: { alias: { "#mdx": path.join(root, "docs", "elements.tsx") } },
  // Small files stay files: the policy of the pages allows no data: scripts or styles.
  build: {
    outDir: dist,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2023",
    reportCompressedSize: false,
    chunkSizeWarningLimit: WARN_KB,
    rolldownOptions: { output: { codeSplitting: { groups: FIRST } } },
  },
  logLevel: "warn",
});

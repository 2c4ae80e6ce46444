/**
 * Writes what is made from the routes: docs/openapi.json, the browser's types in console/api/schema.d.ts, and what each route asks of
 * who calls it in console/api/accesses.ts.
 *
 *   npm run openapi
 *   npm run openapi -- --check    changes nothing; exit code 1 when one of them is stale
 *
 * The generator of types needs an older compiler's interface than ours has; it gets that one, and nobody else does.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";

import { ROUTES } from "../src/console/areas.ts";
import { API_PREFIX, consoleDocument } from "../src/console/document.ts";
import { wholeDocument } from "../src/console/gateway-api/document.ts";

const root = path.join(import.meta.dirname, "..");
const DOCUMENT = path.join(root, "docs", "openapi.json");
const TYPES = path.join(root, "console", "api", "schema.d.ts");
const ACCESSES = path.join(root, "console", "api", "accesses.ts");

registerHooks({
  resolve: (specifier, context, next) => next(specifier === "typescript" ? "typescript-5" : specifier, context),
});

const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
const api = consoleDocument(ROUTES, version);

/** @returns whether the file holds the text; writes it when it may */
const put = (file: string, text: string, isCheck: boolean): boolean => {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return true;
  if (!isCheck) writeFileSync(file, text);
  return false;
};

const isCheck = process.argv.includes("--check");
const { default: openapiTypes, astToString } = await import("openapi-typescript");
// The generator's own idea of a document and ours are the same thing under two names.
const types = await openapiTypes(structuredClone(api) as unknown as Parameters<typeof openapiTypes>[0], {
  additionalProperties: false,
  alphabetize: false,
});
const typesText = `/** Written by \`npm run openapi\` from the server's routes. */\n${astToString(types)}`;
const documentText = `${JSON.stringify(wholeDocument(api), null, 1)}\n`;
/** The table that the guard decides by, as the browser's pages read it. */
const accessesText = `/** Written by \`npm run openapi\` from the server's routes: what each asks of who calls it. */
export const ACCESSES = {
${ROUTES.map(({ method, path: below, access }) => `  "${method.toUpperCase()} ${API_PREFIX}${below}": "${access}",`).join("\n")}
} as const;
`;
const isCurrent = [
  put(DOCUMENT, documentText, isCheck),
  put(TYPES, typesText, isCheck),
  put(ACCESSES, accessesText, isCheck),
].every(Boolean);
if (isCheck && !isCurrent) {
  process.stderr.write("docs/openapi.json or a file of console/api is not what the routes say: npm run openapi\n");
  process.exitCode = 1;
}

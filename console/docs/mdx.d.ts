/** What a written page is to TypeScript. */
declare module "*.mdx" {
  import type { ComponentType } from "react";

  const Chapter: ComponentType;
  export { Chapter as default };
}

/** The public part of docs/openapi.json (vite.config.ts). */
declare module "virtual:api-reference" {
  /** Its shape is told by reference.ts: a declaration of a module may not import one of ours. */
  export const document: unknown;
}

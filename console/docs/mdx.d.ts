/** What a written page is to TypeScript. */
declare module "*.mdx" {
  import type { ComponentProps, ComponentType } from "react";

  /** Elements that stand in for those of docs/elements.tsx, by their HTML names. */
  const Chapter: ComponentType<{
    readonly components?: { readonly h1?: ComponentType<ComponentProps<"h1">> };
  }>;
  export { Chapter as default };
}

/** The public part of docs/openapi.json (vite.config.ts). */
declare module "virtual:api-reference" {
  /** Its shape is told by reference.ts: a declaration of a module may not import one of ours. */
  export const document: unknown;
}

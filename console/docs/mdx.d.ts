/** What a written page is to TypeScript. */
declare module "*.mdx" {
  import type { ComponentType } from "react";

  const Chapter: ComponentType;
  export { Chapter as default };
}

/** How the elements of a written page look. */
import type { ComponentProps } from "react";

/** Elements of MDX, by their HTML names. */
export const useMDXComponents = () => ({
  h1: (props: ComponentProps<"h1">) => <h1 className="text-title font-medium text-ink" {...props} />,
  h2: (props: ComponentProps<"h2">) => <h2 className="mt-10 mb-3 text-large font-medium text-ink" {...props} />,
  p: (props: ComponentProps<"p">) => <p className="my-3 max-w-2xl text-ink-2" {...props} />,
});

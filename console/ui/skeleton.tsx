/** The size of what is coming, so that nothing jumps when it is there. */
import { classes } from "./classes.ts";

/** Give it the height and width of what it stands for. */
export const Skeleton = ({ className }: { readonly className?: string }) => (
  <div aria-hidden className={classes("breathes rounded-base bg-sunken", className)} />
);

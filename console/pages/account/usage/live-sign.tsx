/** Whether what is new appears by itself: a dot and a word. */
import type { LiveState } from "../../../api/live.ts";
import { classes } from "../../../ui/classes.ts";
import { words } from "./words.ts";

export const LiveSign = ({ state }: { readonly state: LiveState | "paused" | "past" }) => (
  <output className="flex items-center gap-1.5 text-small whitespace-nowrap text-ink-3">
    <span
      aria-hidden
      className={classes("size-2 rounded-full", state === "live" ? "breathes bg-accent" : "bg-line-strong")}
    />
    {words.states[state]}
  </output>
);

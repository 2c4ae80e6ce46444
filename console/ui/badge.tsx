/** The state of a thing in a word. Colour never says it alone. */
import type { ReactNode } from "react";

import { classes } from "./classes.ts";

export type Tone = "neutral" | "good" | "warn" | "bad" | "accent";

const TONES = {
  neutral: "bg-sunken text-ink-2",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent",
} as const satisfies Record<Tone, string>;

export const Badge = ({ tone = "neutral", children }: { readonly tone?: Tone; readonly children: ReactNode }) => (
  <span
    className={classes(
      "inline-flex items-center gap-1 rounded-small px-1.5 py-px text-small font-medium whitespace-nowrap",
      TONES[tone],
    )}
  >
    {children}
  </span>
);

/** What stands where nothing is yet: why, and the next step. */
import type { ReactNode } from "react";

import { Button } from "./button.tsx";

export interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export const Empty = ({ title, children, action }: EmptyProps) => (
  <div className="flex flex-col items-start gap-3 rounded-large border border-dashed border-line-strong px-6 py-8">
    <div>
      <div className="font-medium text-ink">{title}</div>
      {children !== undefined && <div className="mt-1 max-w-xl text-ink-2">{children}</div>}
    </div>
    {action}
  </div>
);

/** What went wrong with a part of a screen, in the API's own words, and a way to try again. */
export const Failed = ({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) => (
  <div
    role="alert"
    className="flex flex-wrap items-center justify-between gap-3 rounded-large border border-bad/40 bg-bad-soft px-4 py-3"
  >
    <div className="text-ink">{error instanceof Error ? error.message : "This could not be loaded."}</div>
    {retry !== undefined && (
      <Button size="small" onClick={retry}>
        Try again
      </Button>
    )}
  </div>
);

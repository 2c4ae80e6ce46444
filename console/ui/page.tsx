/** The frame of a screen: what it is about first, then its parts. */
import type { ReactNode } from "react";

import { classes } from "./classes.ts";

export interface PageProps {
  readonly title: string;
  /** One sentence, where the title does not say it all. */
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export const Page = ({ title, description, actions, children }: PageProps) => (
  <div className="flex flex-col gap-8">
    <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <h1 className="text-title font-medium text-ink">{title}</h1>
        {description !== undefined && <p className="mt-1 max-w-2xl text-ink-2">{description}</p>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
    {children}
  </div>
);

export interface SectionProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

export const Section = ({ title, description, actions, className, children }: SectionProps) => (
  <section aria-label={title} className={classes("flex min-w-0 flex-col gap-3", className)}>
    {title !== undefined && (
      <div className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <h2 className="text-large font-medium text-ink">{title}</h2>
          {description !== undefined && <p className="mt-0.5 max-w-2xl text-ink-2">{description}</p>}
        </div>
        {actions}
      </div>
    )}
    {children}
  </section>
);

/** A sheet of paper with a hairline. */
export const Card = ({ className, children }: { readonly className?: string; readonly children: ReactNode }) => (
  <div className={classes("min-w-0 rounded-large border border-line bg-surface p-5", className)}>{children}</div>
);

export interface StatProps {
  readonly label: string;
  readonly value: ReactNode;
  /** Beside what: "$3.10 in the 7 days before". */
  readonly note?: ReactNode;
  readonly className?: string;
}

/** One figure, large, with its name above and what to compare it with below. */
export const Stat = ({ label, value, note, className }: StatProps) => (
  <div className={classes("min-w-0", className)}>
    <div className="text-small text-ink-3">{label}</div>
    <div className="figures mt-1 truncate text-title font-medium text-ink">{value}</div>
    {note !== undefined && <div className="mt-0.5 text-small text-ink-2">{note}</div>}
  </div>
);

/** Figures beside each other on one sheet, parted by hairlines. */
export const Stats = ({ children }: { readonly children: ReactNode }) => (
  <div className="grid grid-cols-2 gap-x-6 gap-y-5 rounded-large border border-line bg-surface p-5 lg:grid-flow-col lg:auto-cols-fr lg:grid-cols-none lg:divide-x lg:divide-line lg:[&>*]:pl-6 lg:[&>*:first-child]:pl-0">
    {children}
  </div>
);

/** Names and values below each other: the facts of one thing. */
export const Facts = ({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl className="grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-6 gap-y-2.5">
    {facts.map(([name, value]) => (
      <div key={name} className="contents">
        <dt className="text-ink-3">{name}</dt>
        <dd className="min-w-0 break-words text-ink">{value}</dd>
      </div>
    ))}
  </dl>
);

export type NoticeTone = "plain" | "warn" | "bad" | "good";

const NOTICES = {
  plain: "border-line bg-sunken text-ink",
  warn: "border-warn/40 bg-warn-soft text-ink",
  bad: "border-bad/40 bg-bad-soft text-ink",
  good: "border-good/40 bg-good-soft text-ink",
} as const satisfies Record<NoticeTone, string>;

/** Something that has to be known here and now. */
export const Notice = ({
  tone = "plain",
  title,
  actions,
  children,
}: {
  readonly tone?: NoticeTone;
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
}) => (
  <div
    role={tone === "bad" ? "alert" : "note"}
    className={classes(
      "flex flex-wrap items-center justify-between gap-3 rounded-large border px-4 py-3",
      NOTICES[tone],
    )}
  >
    <div className="min-w-0">
      {title !== undefined && <div className="font-medium">{title}</div>}
      {children !== undefined && <div className="text-ink-2">{children}</div>}
    </div>
    {actions}
  </div>
);

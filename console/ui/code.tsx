/** Code to be taken along, with the reader's own values in it. */
import { useId, useState } from "react";

import { classes } from "./classes.ts";
import { CopyButton } from "./copy.tsx";

export interface CodeProps {
  readonly code: string;
  /** What is copied in place of what is shown: a masked key, whole. */
  readonly copied?: string;
  readonly title?: string;
  readonly className?: string;
}

/** The button stands beside the code, not above it: on a telephone it would hide what is copied. */
const Lines = ({ code, copied, what }: { readonly code: string; readonly copied: string; readonly what: string }) => (
  <div className="flex items-start">
    <pre
      tabIndex={0}
      className="min-w-0 flex-1 overflow-x-auto py-4 pl-4 font-mono text-[0.8125rem] leading-6 text-ink focus-visible:-outline-offset-2"
    >
      <code>{code}</code>
    </pre>
    <div className="shrink-0 p-1.5">
      <CopyButton text={copied} what={what} />
    </div>
  </div>
);

export const Code = ({ code, copied = code, title, className }: CodeProps) => (
  <figure className={classes("overflow-hidden rounded-large border border-line bg-sunken", className)}>
    {title !== undefined && (
      <figcaption className="border-b border-line px-4 py-2 text-small font-medium text-ink-2">{title}</figcaption>
    )}
    <Lines code={code} copied={copied} what="code" />
  </figure>
);

export interface CodeTab {
  readonly label: string;
  readonly code: string;
  readonly copied?: string;
}

const remembered = (name: string): string | null => {
  try {
    return localStorage.getItem(`farthing-tab-${name}`);
  } catch {
    return null;
  }
};

const remember = (name: string, label: string): void => {
  try {
    localStorage.setItem(`farthing-tab-${name}`, label);
  } catch {
    // Storage may be refused; then the first tab is shown next time.
  }
};

export interface CodeTabsProps {
  /** Under which the chosen tab is remembered. */
  readonly name: string;
  readonly label: string;
  readonly tabs: readonly [CodeTab, ...CodeTab[]];
}

/** The same call in several languages; the chosen one is remembered. */
export const CodeTabs = ({ name, label, tabs }: CodeTabsProps) => {
  const [chosen, setChosen] = useState(() => remembered(name));
  const panel = useId();
  const current = tabs.find((tab) => tab.label === chosen) ?? tabs[0];
  const choose = (step: number): void => {
    const next = tabs[(tabs.indexOf(current) + step + tabs.length) % tabs.length] ?? tabs[0];
    setChosen(next.label);
    remember(name, next.label);
    document.getElementById(`${panel}-${next.label}`)?.focus();
  };
  return (
    <div className="overflow-hidden rounded-large border border-line bg-sunken">
      <div role="tablist" aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line px-2 py-1.5">
        {tabs.map((tab) => (
          <button
            key={tab.label}
            id={`${panel}-${tab.label}`}
            type="button"
            role="tab"
            aria-selected={tab === current}
            aria-controls={panel}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => {
              setChosen(tab.label);
              remember(name, tab.label);
            }}
            onKeyDown={(event) => {
              if (event.key === "ArrowRight") choose(1);
              if (event.key === "ArrowLeft") choose(-1);
            }}
            className={classes(
              "moves rounded-base px-2.5 py-1 text-small font-medium whitespace-nowrap",
              tab === current ? "bg-surface text-ink" : "text-ink-2 hover:text-ink",
            )}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={panel} aria-labelledby={`${panel}-${current.label}`}>
        <Lines code={current.code} copied={current.copied ?? current.code} what={`${current.label} code`} />
      </div>
    </div>
  );
};

/** Ids, keys and code that are taken along: one press, and a word that says what was copied. */
import { Check, Copy as CopySign } from "lucide-react";
import { useEffect, useState } from "react";

import { classes } from "./classes.ts";
import { IconButton } from "./button.tsx";
import { toast } from "./toast.tsx";

const SHOWN_MS = 1_600;

/** Writes to the clipboard; says what was copied, or that the browser refused. */
export const copyText = async (text: string, what: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    toast({
      title: `The browser did not let us copy ${what}`,
      description: "Select it and copy it by hand.",
      bad: true,
    });
    return false;
  }
};

export interface CopyButtonProps {
  readonly text: string;
  /** "key", "request id": said when it was copied. */
  readonly what: string;
}

export const CopyButton = ({ text, what }: CopyButtonProps) => {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => {
      setCopied(false);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [copied]);
  return (
    <>
      <IconButton
        label={copied ? `Copied ${what}` : `Copy ${what}`}
        onClick={(event) => {
          event.stopPropagation();
          void copyText(text, what).then(setCopied);
        }}
      >
        {copied ? <Check aria-hidden className="size-4 text-good" /> : <CopySign aria-hidden className="size-4" />}
      </IconButton>
      <span aria-live="polite" className="sr-only">
        {copied ? `Copied ${what}` : ""}
      </span>
    </>
  );
};

/** An id in one-width letters with its button. Long ones keep their ends. */
export const Id = ({
  id,
  what,
  short = false,
}: {
  readonly id: string;
  readonly what: string;
  readonly short?: boolean;
}) => (
  <span className="inline-flex max-w-full items-center gap-1">
    <span title={id} className={classes("font-mono text-small text-ink-2", short ? "whitespace-nowrap" : "break-all")}>
      {short && id.length > 14 ? `${id.slice(0, 6)}…${id.slice(-6)}` : id}
    </span>
    <CopyButton text={id} what={what} />
  </span>
);

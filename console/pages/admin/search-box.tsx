/** A text to look for: it counts a moment after the last letter, or at Enter. */
import { Search } from "lucide-react";
import { useEffect, useState } from "react";

import { classes } from "../../ui/classes.ts";
import { INPUT } from "../../ui/field.tsx";

const WAIT_MS = 350;
const MOST = 200;

export interface SearchBoxProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly className?: string;
}

export const SearchBox = ({ label, placeholder, value, onChange, className }: SearchBoxProps) => {
  const [text, setText] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(value);
  }
  useEffect(() => {
    const next = text.trim();
    if (next === value) return undefined;
    const timer = setTimeout(() => {
      onChange(next);
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
    };
  });
  return (
    <span className={classes("relative", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-3" />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={text}
        maxLength={MOST}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") onChange(text.trim());
        }}
        className={classes(INPUT, "pl-9")}
      />
    </span>
  );
};

/** Whose documentation this is: the reader's own address, key and model stand in every snippet. */
import { createContext, use, useState, type ReactNode } from "react";

import { useStorefront } from "../layout/storefront.tsx";

export interface Reader {
  /** As it is copied; a placeholder until the reader gave one. */
  readonly key: string;
  readonly hasKey: boolean;
  readonly setKey: (key: string) => void;
  readonly model: string;
  readonly setModel: (model: string) => void;
}

const Context = createContext<Reader | null>(null);

const PLACEHOLDER = "YOUR_API_KEY";
const KEY_NAME = "farthing-docs-key";
const MODEL_NAME = "farthing-docs-model";

/** Kept for this tab only: a key has no business on the disk of a browser. */
const remembered = (name: string): string | null => {
  try {
    return sessionStorage.getItem(name);
  } catch {
    return null;
  }
};

const remember = (name: string, value: string): void => {
  try {
    if (value === "") sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // Storage may be refused; then it holds until the page is left.
  }
};

export const ReaderProvider = ({ children }: { readonly children: ReactNode }) => {
  const [key, setKey] = useState(() => remembered(KEY_NAME) ?? "");
  const [model, setModel] = useState(() => remembered(MODEL_NAME) ?? "sandbox/echo");
  const reader: Reader = {
    key: key === "" ? PLACEHOLDER : key,
    hasKey: key !== "",
    setKey: (next) => {
      setKey(next.trim());
      remember(KEY_NAME, next.trim());
    },
    model,
    setModel: (next) => {
      setModel(next);
      remember(MODEL_NAME, next);
    },
  };
  return <Context value={reader}>{children}</Context>;
};

/** @throws Error outside ReaderProvider */
export const useReader = (): Reader => {
  const reader = use(Context);
  if (reader === null) throw new Error("there is no reader here");
  return reader;
};

const masked = (key: string): string => (key === PLACEHOLDER ? key : `${key.slice(0, 7)}…${key.slice(-4)}`);

/** Text with the reader's values in place of `{{openai}}`, `{{anthropic}}`, `{{gemini}}`, `{{key}}`, `{{model}}`. */
export const useFilled = (text: string): { readonly shown: string; readonly copied: string } => {
  const { baseUrls } = useStorefront();
  const { key, model } = useReader();
  const filled = (shownKey: string): string =>
    text
      .replaceAll("{{openai}}", baseUrls.openai)
      .replaceAll("{{anthropic}}", baseUrls.anthropic)
      .replaceAll("{{gemini}}", baseUrls.gemini)
      .replaceAll("{{key}}", shownKey)
      .replaceAll("{{model}}", model);
  return { shown: filled(masked(key)), copied: filled(key) };
};

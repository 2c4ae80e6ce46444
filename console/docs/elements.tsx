/** How the elements of a written page look, and how the reader's own values get into its code. */
import { Link } from "@tanstack/react-router";
import { isValidElement, type ComponentProps, type ReactNode } from "react";

import { Code } from "../ui/code.tsx";
import { useFilled } from "./reader.tsx";

/** The text of an element and all in it. */
const textOf = (node: ReactNode): string => {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map((one: ReactNode) => textOf(one)).join("");
  return isValidElement<{ readonly children?: ReactNode }>(node) ? textOf(node.props.children) : "";
};

/** "What it costs" → "what-it-costs": the anchor of a heading. */
export const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .split("")
    .map((char) => ((char >= "a" && char <= "z") || (char >= "0" && char <= "9") ? char : " "))
    .join("")
    .trim()
    .split(" ")
    .filter(Boolean)
    .join("-");

const Anchored = ({ children }: { readonly children: ReactNode }) => (
  <a href={`#${anchorOf(textOf(children))}`} className="rounded-small no-underline hover:text-accent">
    {children}
  </a>
);

const Block = ({ children }: { readonly children?: ReactNode }) => {
  const { shown, copied } = useFilled(textOf(children).trimEnd());
  return <Code code={shown} copied={copied} className="my-4" />;
};

const Inline = ({ children }: { readonly children?: ReactNode }) => {
  const { shown } = useFilled(textOf(children));
  return (
    <code className="rounded-small bg-sunken px-1 py-px font-mono text-[0.8125rem] break-words text-ink">{shown}</code>
  );
};

const Anchor = ({ href = "", children }: ComponentProps<"a">) => {
  const look = "text-accent underline decoration-line-strong underline-offset-3 hover:decoration-accent";
  return href.startsWith("/") ? (
    <Link to={href} className={look}>
      {children}
    </Link>
  ) : (
    <a href={href} rel="noreferrer" className={look}>
      {children}
    </a>
  );
};

/** Elements of MDX, by their HTML names. */
export const useMDXComponents = () => ({
  h1: ({ children }: ComponentProps<"h1">) => <h1 className="text-title font-medium text-ink">{children}</h1>,
  h2: ({ children }: ComponentProps<"h2">) => (
    <h2 id={anchorOf(textOf(children))} className="mt-10 mb-3 scroll-mt-20 text-large font-medium text-ink">
      <Anchored>{children}</Anchored>
    </h2>
  ),
  h3: ({ children }: ComponentProps<"h3">) => (
    <h3 id={anchorOf(textOf(children))} className="mt-7 mb-2 scroll-mt-20 font-medium text-ink">
      <Anchored>{children}</Anchored>
    </h3>
  ),
  p: ({ children }: ComponentProps<"p">) => <p className="my-3 max-w-2xl text-ink-2">{children}</p>,
  ul: ({ children }: ComponentProps<"ul">) => (
    <ul className="my-3 max-w-2xl list-disc space-y-1.5 pl-5 text-ink-2 marker:text-ink-3">{children}</ul>
  ),
  ol: ({ children }: ComponentProps<"ol">) => (
    <ol className="my-3 max-w-2xl list-decimal space-y-1.5 pl-5 text-ink-2 marker:text-ink-3">{children}</ol>
  ),
  strong: ({ children }: ComponentProps<"strong">) => <strong className="font-medium text-ink">{children}</strong>,
  blockquote: ({ children }: ComponentProps<"blockquote">) => (
    <blockquote className="my-4 max-w-2xl rounded-large border border-line bg-sunken px-4 py-1">{children}</blockquote>
  ),
  pre: Block,
  code: Inline,
  a: Anchor,
  table: ({ children }: ComponentProps<"table">) => (
    <div tabIndex={0} className="my-4 overflow-x-auto rounded-large border border-line bg-surface">
      <table className="w-full text-left">{children}</table>
    </div>
  ),
  th: ({ children }: ComponentProps<"th">) => (
    <th className="border-b border-line px-4 py-2 text-small font-medium text-ink-3">{children}</th>
  ),
  td: ({ children }: ComponentProps<"td">) => (
    <td className="border-b border-line px-4 py-2 align-top text-ink-2 [tr:last-child>&]:border-0">{children}</td>
  ),
});

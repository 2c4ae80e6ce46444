/** The chapters beside a chapter; a list that folds on a telephone. */
import { Link } from "@tanstack/react-router";

import { PARTS } from "../../docs/contents.ts";
import { words } from "./words.ts";

const List = () => (
  <div className="flex flex-col gap-5">
    <Link
      to="/docs/reference"
      className="block rounded-base px-2 py-1 text-ink-2 hover:bg-sunken hover:text-ink"
      activeProps={{ className: "bg-sunken !text-ink font-medium" }}
    >
      {words.reference}
    </Link>
    {PARTS.map(({ title, chapters }) => (
      <div key={title}>
        <div className="mb-1.5 text-small font-medium text-ink-3">{title}</div>
        <ul className="flex flex-col gap-0.5">
          {chapters.map((chapter) => (
            <li key={chapter.slug}>
              <Link
                to="/docs/$"
                params={{ _splat: chapter.slug }}
                className="block rounded-base px-2 py-1 text-ink-2 hover:bg-sunken hover:text-ink"
                activeProps={{ className: "bg-sunken !text-ink font-medium" }}
              >
                {chapter.title}
              </Link>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </div>
);

export const Side = () => (
  <>
    <details className="rounded-large border border-line bg-surface px-4 py-2.5 lg:hidden">
      <summary className="font-medium text-ink">{words.chapters}</summary>
      <nav aria-label={words.chapters} className="pt-3 pb-1">
        <List />
      </nav>
    </details>
    <nav aria-label={words.chapters} className="sticky top-20 max-h-[calc(100dvh-6rem)] overflow-y-auto max-lg:hidden">
      <List />
    </nav>
  </>
);

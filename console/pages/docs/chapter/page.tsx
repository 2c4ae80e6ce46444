/** One chapter: its text with the reader's own values, the chapters beside it, the ones before and after. */
import { getRouteApi, Link } from "@tanstack/react-router";
import { createElement, type ComponentProps } from "react";

import { CHAPTERS, chapterOf, type Chapter } from "../../../docs/contents.ts";
import { ReaderProvider } from "../../../docs/reader.tsx";
import { ButtonLink } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { Side } from "../side.tsx";
import { Values } from "../values.tsx";
import { words } from "../words.ts";

const route = getRouteApi("/public/docs/$");

/** What the chapter is about comes first; the reader's own values are the first thing below it. */
const Heading = ({ children }: ComponentProps<"h1">) => (
  <>
    <h1 className="mb-5 text-title font-medium text-ink">{children}</h1>
    <Values />
  </>
);
const COMPONENTS = { h1: Heading } as const;

const Step = ({ chapter, label }: { readonly chapter: Chapter | undefined; readonly label: string }) =>
  chapter === undefined ? (
    <span />
  ) : (
    <Link to="/docs/$" params={{ _splat: chapter.slug }} className="group rounded-small">
      <span className="block text-small text-ink-3">{label}</span>
      <span className="font-medium text-ink group-hover:text-accent">{chapter.title}</span>
    </Link>
  );

const Steps = ({ chapter }: { readonly chapter: Chapter }) => {
  const at = CHAPTERS.indexOf(chapter);
  return (
    <nav
      aria-label={words.next}
      className="mt-12 flex justify-between gap-6 border-t border-line pt-5 text-right [&>*:first-child]:text-left"
    >
      <Step chapter={CHAPTERS[at - 1]} label={words.previous} />
      <Step chapter={CHAPTERS[at + 1]} label={words.next} />
    </nav>
  );
};

export const ChapterPage = () => {
  const { _splat: slug = "" } = route.useParams();
  const chapter = chapterOf(slug);
  const { text } = route.useLoaderData();
  return (
    <div className="grid gap-8 lg:grid-cols-[13rem_minmax(0,1fr)] lg:gap-14">
      <Side />
      {chapter === undefined || text === null ? (
        <Empty title={words.missing} action={<ButtonLink to="/docs">{words.toContents}</ButtonLink>} />
      ) : (
        <ReaderProvider>
          <article className="max-w-3xl min-w-0">
            {createElement(text, { components: COMPONENTS })}
            <Steps chapter={chapter} />
          </article>
        </ReaderProvider>
      )}
    </div>
  );
};

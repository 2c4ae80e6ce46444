/** All chapters, with a search over them. */
import { Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";

import { PARTS, searched } from "../../../docs/contents.ts";
import { classes } from "../../../ui/classes.ts";
import { INPUT } from "../../../ui/field.tsx";
import { Page } from "../../../ui/page.tsx";
import { words } from "../words.ts";

export const ContentsPage = () => {
  const [text, setText] = useState("");
  const found = new Set(searched(text));
  return (
    <Page title={words.title} description={words.description}>
      <label className="relative max-w-md">
        <span className="sr-only">{words.search}</span>
        <Search aria-hidden className="pointer-events-none absolute top-2.5 left-3 size-4 text-ink-3" />
        <input
          type="search"
          value={text}
          placeholder={words.search}
          onChange={(event) => {
            setText(event.currentTarget.value);
          }}
          className={classes(INPUT, "pl-9")}
        />
      </label>
      <Link to="/docs/reference" className="group block max-w-xl rounded-large border border-line bg-surface p-5">
        <span className="font-medium text-ink group-hover:text-accent">{words.reference}</span>
        <span className="block text-ink-2">{words.referenceAbout}</span>
      </Link>
      {found.size === 0 && <p className="text-ink-2">{words.none}</p>}
      {PARTS.filter(({ chapters }) => chapters.some((chapter) => found.has(chapter))).map(({ title, chapters }) => (
        <section key={title} aria-label={title}>
          <h2 className="mb-1 text-large font-medium text-ink">{title}</h2>
          <ul className="grid gap-x-10 border-t border-line sm:grid-cols-2">
            {chapters
              .filter((chapter) => found.has(chapter))
              .map(({ slug, title: name, about }) => (
                <li key={slug} className="border-b border-line">
                  <Link to="/docs/$" params={{ _splat: slug }} className="group block rounded-small py-3">
                    <span className="font-medium text-ink group-hover:text-accent">{name}</span>
                    <span className="block text-ink-2">{about}</span>
                  </Link>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </Page>
  );
};

/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { chapterOf } from "../../docs/contents.ts";
import { publicRoute } from "../../layout/frames.tsx";

/** A parent of its own, because a splat alone would take its parent's address as well. */
const docs = createRoute({ getParentRoute: () => publicRoute, path: "/docs" });
const contents = createRoute({
  getParentRoute: () => docs,
  path: "/",
  component: lazyRouteComponent(() => import("./contents/page.tsx"), "ContentsPage"),
});
const reference = createRoute({
  getParentRoute: () => docs,
  path: "reference",
  component: lazyRouteComponent(() => import("./reference/page.tsx"), "ReferencePage"),
});
const chapter = createRoute({
  getParentRoute: () => docs,
  path: "$",
  // The text comes beside the frame, not after it; null where there is no such chapter.
  loader: async ({ params }) => ({ text: (await chapterOf(params._splat ?? "")?.load())?.default ?? null }),
  component: lazyRouteComponent(() => import("./chapter/page.tsx"), "ChapterPage"),
});

export const docsScreens = [docs.addChildren([contents, reference, chapter])] as const;

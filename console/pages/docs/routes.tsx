/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { publicRoute } from "../../layout/frames.tsx";

const contents = createRoute({
  getParentRoute: () => publicRoute,
  path: "/docs",
  component: lazyRouteComponent(() => import("./contents/page.tsx"), "ContentsPage"),
});
const chapter = createRoute({
  getParentRoute: () => publicRoute,
  path: "/docs/$",
  component: lazyRouteComponent(() => import("./chapter/page.tsx"), "ChapterPage"),
});

export const docsScreens = [contents, chapter] as const;

/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { appRoute, requireUser, rootRoute } from "../../layout/frames.tsx";

const profile = createRoute({
  getParentRoute: () => rootRoute,
  path: "/me",
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => import("./profile/page.tsx"), "ProfilePage"),
});

export const meScreens = [profile, appRoute] as const;

/**
 * Every address of the console. Each area lists its own screens in pages/<area>/routes.tsx; a screen's code is loaded when it is first
 * shown. What a screen shows is in its address, so that it can be linked and gone back to.
 */
import { createRouter } from "@tanstack/react-router";

import { queryClient } from "./api/query-client.ts";
import { accountRoute, adminRoute, publicRoute, rootRoute } from "./layout/frames.tsx";
import { accountScreens } from "./pages/account/routes.tsx";
import { adminScreens } from "./pages/admin/routes.tsx";
import { authScreens } from "./pages/auth/routes.tsx";
import { docsScreens } from "./pages/docs/routes.tsx";
import { meScreens } from "./pages/me/routes.tsx";
import { publicScreens } from "./pages/public/routes.tsx";

const routeTree = rootRoute.addChildren([
  publicRoute.addChildren([...publicScreens, ...docsScreens]),
  accountRoute.addChildren(accountScreens),
  adminRoute.addChildren(adminScreens),
  ...authScreens,
  ...meScreens,
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

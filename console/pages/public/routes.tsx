/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { publicRoute } from "../../layout/frames.tsx";
import { modelSearch } from "./models/search.ts";

const landing = createRoute({
  getParentRoute: () => publicRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./landing/page.tsx"), "LandingPage"),
});
/** A parent of its own, because a splat alone would take its parent's address as well. */
const catalog = createRoute({ getParentRoute: () => publicRoute, path: "/models" });
const models = createRoute({
  getParentRoute: () => catalog,
  path: "/",
  validateSearch: (search) => modelSearch.parse(search),
  component: lazyRouteComponent(() => import("./models/page.tsx"), "ModelsPage"),
});
const model = createRoute({
  getParentRoute: () => catalog,
  path: "$",
  component: lazyRouteComponent(() => import("./model/page.tsx"), "ModelPage"),
});
const pricing = createRoute({
  getParentRoute: () => publicRoute,
  path: "/pricing",
  component: lazyRouteComponent(() => import("./pricing/page.tsx"), "PricingPage"),
});
const status = createRoute({
  getParentRoute: () => publicRoute,
  path: "/status",
  validateSearch: (search: Record<string, unknown>): { range?: "quarter" } =>
    search["range"] === "quarter" ? { range: "quarter" } : {},
  component: lazyRouteComponent(() => import("./status/page.tsx"), "StatusPage"),
});

export const publicScreens = [landing, catalog.addChildren([models, model]), pricing, status] as const;

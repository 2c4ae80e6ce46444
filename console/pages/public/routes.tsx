/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { publicRoute } from "../../layout/frames.tsx";

const landing = createRoute({
  getParentRoute: () => publicRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./landing/page.tsx"), "LandingPage"),
});
const models = createRoute({
  getParentRoute: () => publicRoute,
  path: "/models",
  component: lazyRouteComponent(() => import("./models/page.tsx"), "ModelsPage"),
});
const model = createRoute({
  getParentRoute: () => publicRoute,
  path: "/models/$",
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
  component: lazyRouteComponent(() => import("./status/page.tsx"), "StatusPage"),
});

export const publicScreens = [landing, models, model, pricing, status] as const;

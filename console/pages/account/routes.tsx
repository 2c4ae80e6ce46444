/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { accountRoute } from "../../layout/frames.tsx";
import { overviewSearch } from "./overview/search.ts";
import { usageSearch } from "./usage/search.ts";

const overview = createRoute({
  getParentRoute: () => accountRoute,
  path: "/overview",
  validateSearch: (search) => overviewSearch.parse(search),
  component: lazyRouteComponent(() => import("./overview/page.tsx"), "OverviewPage"),
});
const keys = createRoute({
  getParentRoute: () => accountRoute,
  path: "/keys",
  validateSearch: (search: Record<string, unknown>): { key?: string; new?: true } => ({
    ...(typeof search["key"] === "string" ? { key: search["key"] } : {}),
    ...(search["new"] === true ? { new: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./keys/page.tsx"), "KeysPage"),
});
const usage = createRoute({
  getParentRoute: () => accountRoute,
  path: "/usage",
  validateSearch: (search) => usageSearch.parse(search),
  component: lazyRouteComponent(() => import("./usage/page.tsx"), "UsagePage"),
});
const billing = createRoute({
  getParentRoute: () => accountRoute,
  path: "/billing",
  component: lazyRouteComponent(() => import("./billing/page.tsx"), "BillingPage"),
});
const invoice = createRoute({
  getParentRoute: () => accountRoute,
  path: "/billing/$invoice",
  component: lazyRouteComponent(() => import("./invoice/page.tsx"), "InvoicePage"),
});
const playground = createRoute({
  getParentRoute: () => accountRoute,
  path: "/playground",
  validateSearch: (search: Record<string, unknown>): { model?: string } =>
    typeof search["model"] === "string" ? { model: search["model"] } : {},
  component: lazyRouteComponent(() => import("./playground/page.tsx"), "PlaygroundPage"),
});
const team = createRoute({
  getParentRoute: () => accountRoute,
  path: "/team",
  component: lazyRouteComponent(() => import("./team/page.tsx"), "TeamPage"),
});
const alerts = createRoute({
  getParentRoute: () => accountRoute,
  path: "/alerts",
  validateSearch: (search: Record<string, unknown>): { rule?: string } =>
    typeof search["rule"] === "string" ? { rule: search["rule"] } : {},
  component: lazyRouteComponent(() => import("./alerts/page.tsx"), "AlertsPage"),
});
const settings = createRoute({
  getParentRoute: () => accountRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/page.tsx"), "SettingsPage"),
});

export const accountScreens = [overview, keys, usage, billing, invoice, playground, team, alerts, settings] as const;

/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { adminRoute } from "../../layout/frames.tsx";
import { auditSearch } from "./audit/search.ts";
import { accountSearch, accountsSearch, peopleSearch, requestsSearch, tasksSearch } from "./customers-search.ts";
import { modelsSearch, overviewSearch, plansSearch, pricesSearch, upstreamsSearch } from "./operator-search.ts";

const overview = createRoute({
  getParentRoute: () => adminRoute,
  path: "/overview",
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import("./overview/page.tsx"), "OverviewPage"),
});
const upstreams = createRoute({
  getParentRoute: () => adminRoute,
  path: "/upstreams",
  validateSearch: upstreamsSearch,
  component: lazyRouteComponent(() => import("./upstreams/page.tsx"), "UpstreamsPage"),
});
const models = createRoute({
  getParentRoute: () => adminRoute,
  path: "/models",
  validateSearch: modelsSearch,
  component: lazyRouteComponent(() => import("./models/page.tsx"), "ModelsPage"),
});
const prices = createRoute({
  getParentRoute: () => adminRoute,
  path: "/prices",
  validateSearch: pricesSearch,
  component: lazyRouteComponent(() => import("./prices/page.tsx"), "PricesPage"),
});
const plans = createRoute({
  getParentRoute: () => adminRoute,
  path: "/plans",
  validateSearch: plansSearch,
  component: lazyRouteComponent(() => import("./plans/page.tsx"), "PlansPage"),
});
const accounts = createRoute({
  getParentRoute: () => adminRoute,
  path: "/accounts",
  validateSearch: accountsSearch,
  component: lazyRouteComponent(() => import("./accounts/page.tsx"), "AccountsPage"),
});
const account = createRoute({
  getParentRoute: () => adminRoute,
  path: "/accounts/$account",
  validateSearch: accountSearch,
  component: lazyRouteComponent(() => import("./account/page.tsx"), "AccountPage"),
});
const requests = createRoute({
  getParentRoute: () => adminRoute,
  path: "/requests",
  validateSearch: requestsSearch,
  component: lazyRouteComponent(() => import("./requests/page.tsx"), "RequestsPage"),
});
const tasks = createRoute({
  getParentRoute: () => adminRoute,
  path: "/tasks",
  validateSearch: tasksSearch,
  component: lazyRouteComponent(() => import("./tasks/page.tsx"), "TasksPage"),
});
const ledger = createRoute({
  getParentRoute: () => adminRoute,
  path: "/ledger",
  component: lazyRouteComponent(() => import("./ledger/page.tsx"), "LedgerPage"),
});
const audit = createRoute({
  getParentRoute: () => adminRoute,
  path: "/audit",
  validateSearch: (search) => auditSearch.parse(search),
  component: lazyRouteComponent(() => import("./audit/page.tsx"), "AuditPage"),
});
const codes = createRoute({
  getParentRoute: () => adminRoute,
  path: "/codes",
  component: lazyRouteComponent(() => import("./codes/page.tsx"), "CodesPage"),
});
const people = createRoute({
  getParentRoute: () => adminRoute,
  path: "/people",
  validateSearch: peopleSearch,
  component: lazyRouteComponent(() => import("./people/page.tsx"), "PeoplePage"),
});
const settings = createRoute({
  getParentRoute: () => adminRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/page.tsx"), "SettingsPage"),
});
const exports = createRoute({
  getParentRoute: () => adminRoute,
  path: "/exports",
  component: lazyRouteComponent(() => import("./exports/page.tsx"), "ExportsPage"),
});

export const adminScreens = [
  overview,
  upstreams,
  models,
  prices,
  plans,
  accounts,
  account,
  requests,
  tasks,
  ledger,
  audit,
  codes,
  people,
  settings,
  exports,
] as const;

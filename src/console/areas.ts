/** Every route of the console's API: the one table that the server, the document and the authorization matrix read. */
import { alertRoutes } from "./account/alerts-routes.ts";
import { billingRoutes } from "./account/billing-routes.ts";
import { invoiceRoutes } from "./account/invoices-routes.ts";
import { keyRoutes } from "./account/keys-routes.ts";
import { settingsRoutes } from "./account/settings-routes.ts";
import { teamRoutes } from "./account/team-routes.ts";
import { accountRoutes } from "./admin/accounts-routes.ts";
import { codeRoutes } from "./admin/codes-routes.ts";
import { ledgerRoutes } from "./admin/ledger-routes.ts";
import { moneyRoutes } from "./admin/money-routes.ts";
import { requestRoutes } from "./admin/requests-routes.ts";
import { taskRoutes } from "./admin/tasks-routes.ts";
import { modelRoutes } from "./admin/models-routes.ts";
import { overviewRoutes } from "./admin/overview-routes.ts";
import { planRoutes } from "./admin/plans-routes.ts";
import { priceRoutes } from "./admin/prices-routes.ts";
import { replayRoutes } from "./admin/replay-routes.ts";
import { upstreamRoutes } from "./admin/upstreams-routes.ts";
import { playgroundRoutes } from "./account/playground-routes.ts";
import { liveRoutes } from "./account/live-routes.ts";
import { usageRoutes } from "./account/usage-routes.ts";
import { adminLiveRoutes } from "./admin/live-routes.ts";
import { auditRoutes } from "./admin/audit-routes.ts";
import { exportRoutes } from "./admin/exports-routes.ts";
import { peopleRoutes } from "./admin/people-routes.ts";
import { storefrontRoutes } from "./admin/settings-routes.ts";
import { meRoutes } from "./me/routes.ts";
import { publicRoutes } from "./public/routes.ts";
import { statusRoutes } from "./public/status-routes.ts";
import type { ConsoleRoute } from "./route.ts";

export const ROUTES: readonly ConsoleRoute[] = [
  ...publicRoutes,
  ...statusRoutes,
  ...meRoutes,
  ...keyRoutes,
  ...alertRoutes,
  ...billingRoutes,
  ...invoiceRoutes,
  ...settingsRoutes,
  ...teamRoutes,
  ...codeRoutes,
  ...playgroundRoutes,
  ...storefrontRoutes,
  ...peopleRoutes,
  ...liveRoutes,
  ...usageRoutes,
  ...adminLiveRoutes,
  ...auditRoutes,
  ...exportRoutes,
  ...overviewRoutes,
  ...upstreamRoutes,
  ...modelRoutes,
  ...priceRoutes,
  ...replayRoutes,
  ...planRoutes,
  ...accountRoutes,
  ...moneyRoutes,
  ...requestRoutes,
  ...taskRoutes,
  ...ledgerRoutes,
];

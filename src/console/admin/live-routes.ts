/** Everybody's requests as they come. */
import { liveEvents, operatorLine } from "../live.ts";
import { consoleRoute, EVENTS, type ConsoleRoute } from "../route.ts";

const live = consoleRoute({
  method: "get",
  path: "/admin/live",
  access: "admin:read",
  tag: "admin",
  summary: "Requests of all accounts as they are charged: events `open`, `request`, `skipped` and `end`.",
  response: EVENTS,
  handle: (call) => liveEvents(call, null, { accountId: null, access: "admin:read", write: operatorLine }),
});

export const adminLiveRoutes: readonly ConsoleRoute[] = [live];

/** An account's requests as they come. */
import { liveEvents } from "../live.ts";
import { consoleRoute, EVENTS, type ConsoleRoute } from "../route.ts";
import { shownRequest } from "./request-shapes.ts";

const live = consoleRoute({
  method: "get",
  path: "/accounts/{account}/live",
  access: "account:read",
  tag: "account",
  summary: "Requests of the account as they are charged: events `open`, `request`, `skipped` and `end`.",
  response: EVENTS,
  handle: (call) =>
    liveEvents(call, call.account.accountPublicId, {
      accountId: call.account.accountId,
      access: "account:read",
      write: shownRequest,
    }),
});

export const liveRoutes: readonly ConsoleRoute[] = [live];

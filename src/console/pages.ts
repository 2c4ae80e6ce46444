/**
 * Which paths are pages: the browser asks for one, gets index.html, and the router in it shows the screen. Also the browser's side
 * reads its paths from here in a test, so that neither knows a page that the other does not.
 */

/** Paths that are a page as they stand. */
const EXACT: ReadonlySet<string> = new Set([
  "/",
  "/models",
  "/pricing",
  "/docs",
  "/status",
  "/sign-in",
  "/sign-up",
  "/claim",
  "/forgot",
  "/reset",
  "/verify",
  "/change-email",
  "/app",
  "/me",
  "/admin",
]);

/** Paths under which everything is a page. Which of them exist is the browser's router's business, down to its own 404. */
const PREFIXES = ["/models/", "/docs/", "/invite/", "/app/", "/me/", "/admin/"] as const;

/** Everything that is the console's own whatever a client accepts. */
export const CONSOLE_PREFIX = "/console/";

/** True for a path that shows a page, as sent. */
export const isPagePath = (path: string): boolean =>
  EXACT.has(path) || (path.length > 1 && PREFIXES.some((prefix) => path.startsWith(prefix)));

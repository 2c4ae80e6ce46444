/** The console as server.ts starts it: which requests are its own, and what answers them. */
import path from "node:path";

import { errors } from "../errors.ts";
import type { Exchange } from "../http/exchange.ts";
import { peerReader } from "../http/peer.ts";
import { serveWeb, type Web } from "./adapter.ts";
import { createApp } from "./app.ts";
import { ROUTES } from "./areas.ts";
import { CONSOLE_DIALECT } from "./errors.ts";
import { readBuild } from "./files.ts";
import { securityHeaders } from "./headers.ts";
import { CONSOLE_PREFIX } from "./pages.ts";
import type { ConsoleServices } from "./services.ts";
import { isPage, serveFile, servePage, type Statics } from "./static.ts";

/** Where the build is, unless `FARTHING_CONSOLE` names another folder. */
const DIST = path.join(import.meta.dirname, "..", "..", "console", "dist");

const API = `${CONSOLE_PREFIX}api/`;
const AUTH = `${CONSOLE_PREFIX}auth/`;

export interface Console {
  /**
   * Serves a request of the console.
   * @returns undefined when it is none, and another must serve it
   */
  serve(exchange: Exchange): Promise<void> | true | undefined;
}

/** True for everything under `/console/`, whatever a client accepts: also for the look of errors before a route is known. */
export const isConsolePath = (path: string): boolean => path.startsWith(CONSOLE_PREFIX);

const isApi = (path: string): boolean => path.startsWith(API) || path.startsWith(AUTH);

/** Builds the console. @throws BuildTooLarge */
export const openConsole = (services: ConsoleServices): Console => {
  const dist = services.config.env["FARTHING_CONSOLE"] ?? DIST;
  const isSecure = services.config.publicUrl.startsWith("https:");
  const headers = securityHeaders(isSecure);
  const statics: Statics = { files: readBuild(dist), installation: () => services.installation(), headers };
  const app = createApp(services, ROUTES);
  const web: Web = {
    serve: (request, bindings) => app.fetch(request, bindings),
    failed: (error, requestId) => {
      services.log.fault(error, { requestId, route: "console" });
    },
    origin: URL.parse(services.config.publicUrl)?.origin ?? "http://localhost",
    peerOf: peerReader(services.config.trustedProxies),
    headers,
  };
  return {
    serve: (exchange) => {
      if (!isConsolePath(exchange.path)) return isPage(exchange) && servePage(statics, exchange) ? true : undefined;
      exchange.dialect = CONSOLE_DIALECT;
      exchange.route = CONSOLE_PREFIX;
      if (isApi(exchange.path)) return serveWeb(web, exchange);
      if (!serveFile(statics, exchange)) exchange.fail(errors.unknownPath(), headers);
      return true;
    },
  };
};

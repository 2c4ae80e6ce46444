/** `/healthz`: the process lives. `/readyz`: it wants traffic. Answered before anything that could be overloaded. */
import type { Drain } from "./drain.ts";
import type { Exchange } from "./exchange.ts";

const LIVE = JSON.stringify({ status: "ok" });

/**
 * Answers a health probe. Neither needs a key, and neither tells more than a word.
 * @param unready why the installation cannot serve, or null
 * @returns false when the request is no probe
 */
export const answerHealth = (exchange: Exchange, drain: Drain, unready: (() => string | null) | undefined): boolean => {
  const { path, method } = exchange;
  if (path !== "/healthz" && path !== "/readyz") return false;
  if (method !== "GET" && method !== "HEAD") return false;
  exchange.route = path;
  if (path === "/healthz") {
    exchange.reply(200, LIVE);
    return true;
  }
  const why = drain.accepting ? (unready?.() ?? null) : "draining";
  if (why === null) exchange.reply(200, LIVE);
  else exchange.reply(503, JSON.stringify({ status: "unready", reason: why }));
  return true;
};

import { expect, it } from "vitest";

import { isAway, isBusy } from "./fault.ts";
import { postgresFault } from "./postgres-error.ts";

/** As the server's errors arrive. */
const fromServer = (code: string): Error => Object.assign(new Error("m"), { code, severity: "ERROR" });
const fromSystem = (code: string): Error => Object.assign(new Error("m"), { code, syscall: "connect" });

it.each([
  ["serialization", fromServer("40001"), "busy"],
  ["a deadlock", fromServer("40P01"), "busy"],
  ["a lock that was not granted", fromServer("55P03"), "busy"],
  ["a statement that took too long", fromServer("57014"), "busy"],
  ["a unique key", fromServer("23505"), "constraint"],
  ["a check", fromServer("23514"), "constraint"],
  ["a trigger's refusal", fromServer("P0001"), "constraint"],
  ["a number out of range", fromServer("22003"), "constraint"],
  ["a full disk", fromServer("53100"), "full"],
  ["a shutdown", fromServer("57P01"), "away"],
  ["a start", fromServer("57P03"), "away"],
  ["too many connections", fromServer("53300"), "away"],
  ["a standby", fromServer("25006"), "away"],
  ["a refused connection", fromSystem("ECONNREFUSED"), "away"],
  ["a refused connection to every address of a name", new AggregateError([]), "away"],
  ["a lost connection", new Error("Connection terminated unexpectedly"), "away"],
  ["no answer", new Error("Query read timeout"), "away"],
  ["no free connection", new Error("timeout exceeded when trying to connect"), "away"],
  ["a syntax error", fromServer("42601"), "other"],
  ["a bug of ours", new TypeError("x is not a function"), "other"],
  ["no error at all", "40001", "other"],
])("%s", (_name, thrown, fault) => {
  expect(postgresFault(thrown)).toBe(fault);
  expect([isBusy(thrown), isAway(thrown)]).toEqual([fault === "busy", fault === "away"]);
});

/** The books as an operator and an auditor see them: every side, Σ = 0, who has borrowed what, who is frozen, and an audit at hand. */
import { z } from "@hono/zod-openapi";

import { databaseFile } from "../../config.ts";
import { runAudit, type AuditStep } from "../../ledger/audit-run.ts";
import { freezeDisagreeing, type AuditReport } from "../../ledger/audit-store.ts";
import { listNodes } from "../../ledger/nodes-store.ts";
import { problems } from "../errors.ts";
import { consoleRoute, EVENTS, type Call, type ConsoleRoute } from "../route.ts";
import { at, count, nano, nanoText } from "../values.ts";
import { actorOf } from "../viewer.ts";
import { lastFreezes } from "./accounts-store.ts";
import { borrowedByTasks, frozenAccounts, lastAudit, readSides, recordRun, SIDES } from "./ledger-store.ts";

/** Frozen accounts that are named; how many there are is told beside them. */
const MOST_FROZEN = 100;
/** Disagreements that the page shows; all of them are found again by `farthing audit`. */
const MOST_SHOWN = 50;

const auditRun = z.strictObject({
  at,
  actor: z.string(),
  accounts: count,
  transfers: count,
  requests: count,
  disagreements: count,
  tookMs: count,
});

const ledgerShape = z.strictObject({
  sides: z.array(z.strictObject({ side: z.enum(SIDES), accounts: count, balanceNano: nano })),
  /** Of all sides, of one moment: 0. */
  sumNano: nano,
  customers: z.strictObject({
    accounts: count,
    balanceNano: nano,
    promoNano: nano,
    borrowedNano: nano,
    pendingNano: nano,
    frozen: count,
  }),
  nodes: z.array(
    z.strictObject({
      id: z.string(),
      isFenced: z.boolean(),
      silentMs: count.nullable(),
      requests: count.nullable(),
      borrowedNano: nano,
    }),
  ),
  tasks: z.strictObject({ count, borrowedNano: nano }),
  frozen: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      balanceNano: nano,
      pendingNano: nano,
      since: at.nullable(),
      actor: z.string().nullable(),
      reason: z.string().nullable(),
    }),
  ),
  lastAudit: auditRun.nullable(),
});

const frozenOf = async ({ services }: Pick<Call, "services">): Promise<z.input<typeof ledgerShape>["frozen"]> => {
  const { kysely } = services.database;
  const accounts = await frozenAccounts(kysely, MOST_FROZEN);
  const freezes = await lastFreezes(
    kysely,
    accounts.map(({ publicId }) => publicId),
  );
  return accounts.map(({ publicId, name, balance, pending }) => {
    const freeze = freezes.get(publicId);
    return {
      id: publicId,
      name,
      balanceNano: nanoText(balance),
      pendingNano: nanoText(pending),
      since: freeze?.at ?? null,
      actor: freeze?.actor ?? null,
      reason: freeze?.reason ?? null,
    };
  });
};

const ledger = consoleRoute({
  method: "get",
  path: "/admin/ledger",
  access: "admin:read",
  tag: "admin",
  summary:
    "What every side of the books holds, what is borrowed and by whom, who is frozen, and the last audit by hand.",
  response: ledgerShape,
  handle: async (call): Promise<z.input<typeof ledgerShape>> => {
    const { database } = call.services;
    const sides = await readSides(database.kysely);
    const nodes = await listNodes(database);
    const tasks = await borrowedByTasks(database.kysely);
    const customers = sides.find(({ side }) => side === "customer");
    return {
      sides: sides.map(({ side, accounts, balance }) => ({ side, accounts, balanceNano: nanoText(balance) })),
      sumNano: nanoText(sides.reduce((sum, { balance }) => sum + balance, 0n)),
      customers: {
        accounts: customers?.accounts ?? 0,
        balanceNano: nanoText(customers?.balance ?? 0n),
        promoNano: nanoText(customers?.promo ?? 0n),
        borrowedNano: nanoText(customers?.leased ?? 0n),
        pendingNano: nanoText(customers?.pending ?? 0n),
        frozen: customers?.frozen ?? 0,
      },
      nodes: nodes.map(({ borrowed, ...node }) => ({ ...node, borrowedNano: nanoText(borrowed) })),
      tasks: { count: tasks.tasks, borrowedNano: nanoText(tasks.borrowed) },
      frozen: await frozenOf(call),
      lastAudit: await lastAudit(database.kysely),
    };
  },
});

/** One at a time in each process: an audit reads everything. */
const running = new WeakSet<AuditCall["services"]["database"]>();

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

type AuditCall = Pick<Call<"admin:audit">, "services" | "viewer" | "signal">;

/** Freezes whose books disagree, as a server's own audit does (I-70), and writes down what was found. */
const concluded = async ({ services, viewer }: AuditCall, report: AuditReport, tookMs: number): Promise<object> => {
  const { database } = services;
  const actor = actorOf(viewer);
  const { accounts, transfers, requests, disagreements } = report;
  const frozen = await freezeDisagreeing(database, disagreements, actor);
  const detail = { accounts, transfers, requests, disagreements: disagreements.length, tookMs };
  await recordRun(database, { actor, ...detail });
  const shown = disagreements
    .slice(0, MOST_SHOWN)
    .map(({ check, object, detail: text }) => ({ check, object, detail: text }));
  return { ...detail, found: shown, frozen };
};

async function* auditEvents(call: AuditCall, steps: AsyncIterable<AuditStep>): AsyncGenerator<string> {
  const begin = performance.now();
  try {
    for await (const step of steps)
      if ("report" in step)
        yield event("end", await concluded(call, step.report, Math.round(performance.now() - begin)));
      else yield event("step", step);
  } catch (error) {
    if (call.signal.aborted) return;
    call.services.log.fault(error, { requestId: "", route: "audit" });
    yield event("failed", { message: "The audit could not be done. Run `farthing audit` for the reason." });
  } finally {
    running.delete(call.services.database);
  }
}

const runNow = consoleRoute({
  method: "post",
  path: "/admin/ledger/audit",
  access: "admin:audit",
  tag: "admin",
  summary: "Derive every balance and every charge anew and compare: events `step` and, at last, `end` or `failed`.",
  response: EVENTS,
  handle: ({ services, viewer, signal }) => {
    if (running.has(services.database))
      throw problems.conflict("An audit is running already. Wait until it is done, then look at its result here.");
    running.add(services.database);
    // Who leaves before the first event is read never begins the reading, and nothing else would give the place back.
    signal.addEventListener("abort", () => running.delete(services.database), { once: true });
    const { config } = services;
    const steps = runAudit({ postgres: config.postgres, file: databaseFile(config) }, signal);
    return auditEvents({ services, viewer, signal }, steps);
  },
});

export const ledgerRoutes: readonly ConsoleRoute[] = [ledger, runNow];

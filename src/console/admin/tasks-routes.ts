/** Video tasks of all accounts: what goes on, for how long, what it holds, and a way to cancel what a provider still can. */
import { z } from "@hono/zod-openapi";

import { findAccount } from "../../accounts/store.ts";
import { GatewayError } from "../../errors.ts";
import { requestOf, taskId } from "../../tasks/task.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import { at, count, listOf, nano, nanoText, pageQuery, publicId } from "../values.ts";
import { actorOf } from "../viewer.ts";
import { listTasks, openTasks, recordCancel, stateOfTask, type TaskLine } from "./tasks-store.ts";

const PATH = "/admin/tasks";
const NONE = -1;

const taskShape = z
  .strictObject({
    id: z.string(),
    request: z.string(),
    account: z.string(),
    accountName: z.string(),
    state: z.string(),
    model: z.string(),
    upstream: z.string(),
    /** The provider knows it: only then can it be cancelled there. */
    isKnown: z.boolean(),
    holdNano: nano,
    chargeNano: nano.nullable(),
    error: z.string().nullable(),
    misses: count,
    createdAt: at,
    startedAt: at.nullable(),
    finishedAt: at.nullable(),
    deadlineAt: at,
    dueAt: at,
  })
  .openapi("OperatorTask");

const shown = ({ requestId, hasJob, hold, charge, ...task }: TaskLine): z.input<typeof taskShape> => ({
  ...task,
  id: taskId(requestId),
  request: requestId,
  isKnown: hasJob,
  holdNano: nanoText(hold),
  chargeNano: charge === null ? null : nanoText(charge),
});

const list = consoleRoute({
  method: "get",
  path: PATH,
  access: "admin:read",
  tag: "admin",
  summary: "Tasks that go on, the oldest first; or those that have ended, the newest first.",
  request: {
    query: z.strictObject({
      ...pageQuery,
      show: z.enum(["open", "ended"]).default("open"),
      account: publicId.optional(),
    }),
  },
  response: listOf(taskShape),
  handle: async ({ services, query }) => {
    const { kysely } = services.database;
    const account = query.account === undefined ? null : ((await findAccount(kysely, query.account))?.id ?? NONE);
    const [time, id] = readCursor(query.cursor, 2) ?? [];
    const after = time === undefined || id === undefined ? null : { at: Number(time), id: String(id) };
    const tasks = await listTasks(kysely, { show: query.show, accountId: account, after, limit: query.limit + 1 });
    const { rows, next } = pageOf(tasks, query.limit, (task) => [task.finishedAt ?? task.createdAt, task.requestId]);
    return { items: rows.map(shown), next };
  },
});

const sums = consoleRoute({
  method: "get",
  path: "/admin/task-sums",
  access: "admin:read",
  tag: "admin",
  summary: "How many tasks go on, what they hold, and how many of them have not been heard of.",
  response: z.strictObject({ open: count, heldNano: nano, silent: count }),
  handle: async ({ services }) => {
    const { open, held, silent } = await openTasks(services.database.kysely);
    return { open, heldNano: nanoText(held), silent };
  },
});

const cancel = consoleRoute({
  method: "post",
  path: `${PATH}/{task}/cancel`,
  access: "admin:write",
  tag: "admin",
  summary: "Cancel a task where its provider still can: it then costs nobody anything.",
  request: { params: z.strictObject({ task: publicId }) },
  response: z.strictObject({ state: z.string() }),
  handle: async ({ services, viewer, params }) => {
    const request = requestOf(params.task);
    const before = request === null ? null : await stateOfTask(services.database.kysely, request);
    if (request === null || before === null) throw problems.missing("task");
    // Written first: whatever happens on the way to the provider, it is known who asked for it.
    await recordCancel(services.database, { actor: actorOf(viewer), task: params.task, before });
    try {
      const state = await services.engine.cancelTask(request);
      if (state === null) throw problems.missing("task");
      return { state };
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== "invalid_value") throw error;
      throw problems.conflict("The provider has begun this task and takes no cancelling any more. It ends by itself.");
    }
  },
});

export const taskRoutes: readonly ConsoleRoute[] = [list, sums, cancel];

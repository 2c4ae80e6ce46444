/** What an account is told of, to whom, and where it is posted. */
import { z } from "@hono/zod-openapi";

import { ALERT_KINDS, MAX_PEOPLE, MAX_RULES, type AlertRule } from "../alerts/alert.ts";
import { addMessage, listDeliveries } from "../alerts/delivery-store.ts";
import { addRule, changeRule, listRules, removeRule, type StoredRule } from "../alerts/rule-store.ts";
import { secretPlace } from "../alerts/rounds.ts";
import { findWebhook, removeWebhook, setWebhook } from "../alerts/webhook-store.ts";
import { MAX_URL, newWebhookSecret, urlProblem } from "../alerts/webhook.ts";
import { newPublicId } from "../../id.ts";
import { problems } from "../errors.ts";
import { listMembers } from "../people/membership-store.ts";
import { consoleRoute, NOTHING, type Call, type ConsoleRoute } from "../route.ts";
import { at, count, nano, nanoText, positiveNano, publicId } from "../values.ts";
import { actorOf, type AccountName } from "../viewer.ts";

const PATH = "/accounts/{account}/alerts";
/** Times the usual, in tenths: 1.5 to 100. */
const LEAST_FACTOR = 15;
const MOST_FACTOR = 1_000;

const person = z.string().min(5).max(64);

const ruleFields = {
  kind: z.enum(ALERT_KINDS),
  /** Of `low_balance` and `daily_spend`. */
  people: z.array(person).max(MAX_PEOPLE),
  webhook: z.boolean(),
  enabled: z.boolean(),
} as const;

const ruleShape = z
  .strictObject({
    id: publicId,
    ...ruleFields,
    amountNano: nano.nullable(),
    percent: count.nullable(),
    /** Tenths. */
    factor: count.nullable(),
    firedAt: at.nullable(),
  })
  .openapi("AlertRule");

const orderShape = z.strictObject({
  ...ruleFields,
  amountNano: positiveNano.nullable().default(null),
  percent: z.int().min(1).max(100).nullable().default(null),
  factor: z.int().min(LEAST_FACTOR).max(MOST_FACTOR).nullable().default(null),
});

const webhookShape = z.strictObject({ url: z.string(), disabledAt: at.nullable() });

const deliveryShape = z.strictObject({
  id: publicId,
  event: z.string(),
  channel: z.string(),
  target: z.string().nullable(),
  state: z.string(),
  tries: count,
  status: count.nullable(),
  createdAt: at,
  doneAt: at.nullable(),
});

const alertsShape = z.strictObject({
  rules: z.array(ruleShape),
  members: z.array(z.strictObject({ id: person, name: z.string(), email: z.string() })),
  webhook: webhookShape.nullable(),
  deliveries: z.array(deliveryShape),
  /** Without it, letters are written to the operator's log. */
  mail: z.boolean(),
});

type AccountCall = Pick<Call, "services"> & { readonly account: AccountName };

const shownRule = ({
  publicId: id,
  rule,
  people,
  webhook,
  enabled,
  firedAt,
}: StoredRule): z.input<typeof ruleShape> => ({
  id,
  kind: rule.kind,
  people: [...people],
  webhook,
  enabled,
  amountNano: "amount" in rule ? nanoText(rule.amount) : null,
  percent: "percent" in rule ? rule.percent : null,
  factor: "factor" in rule ? rule.factor : null,
  firedAt,
});

const alertsOf = async ({ services, account }: AccountCall): Promise<z.input<typeof alertsShape>> => {
  const { kysely } = services.database;
  const webhook = await findWebhook(kysely, account.accountId);
  const members = await listMembers(kysely, account.accountId);
  const deliveries = await listDeliveries(kysely, account.accountId);
  return {
    rules: (await listRules(kysely, account.accountId)).map(shownRule),
    members: members.map(({ personId: id, name, email }) => ({ id, name, email })),
    webhook: webhook === undefined ? null : { url: webhook.url, disabledAt: webhook.disabledAt },
    deliveries: deliveries.map(({ publicId: id, ...rest }) => ({ id, ...rest })),
    mail: services.mail.isOn,
  };
};

const read = consoleRoute({
  method: "get",
  path: PATH,
  access: "account:read",
  tag: "account",
  summary: "Rules, the webhook, and the last deliveries.",
  response: alertsShape,
  handle: (call) => alertsOf(call),
});

/** @throws ConsoleError where what the kind needs is missing */
const ruleOf = ({ kind, amountNano, percent, factor }: z.output<typeof orderShape>): AlertRule => {
  if (kind === "key_budget") {
    if (percent === null) throw problems.invalid({ percent: "is required" });
    return { kind, percent };
  }
  if (amountNano === null) throw problems.invalid({ amountNano: "is required" });
  if (kind === "low_balance") return { kind, amount: BigInt(amountNano) };
  if (factor === null) throw problems.invalid({ factor: "is required" });
  return { kind, amount: BigInt(amountNano), factor };
};

type RuleCall = AccountCall & Pick<Call<"account:own">, "viewer"> & { readonly body: z.output<typeof orderShape> };

/** @throws ConsoleError for people who do not belong to the account, and rules that nobody would hear of */
const orderOf = async ({ services, viewer, account, body }: RuleCall) => {
  const members = await listMembers(services.database.kysely, account.accountId);
  const isMember = (id: string): boolean => members.some(({ personId }) => personId === id);
  if (!body.people.every(isMember)) throw problems.invalid({ people: "holds somebody who is not in this account" });
  if (body.people.length === 0 && !body.webhook)
    throw problems.invalid({ people: "choose somebody, or the webhook: else nobody would be told" });
  const { people, webhook, enabled } = body;
  const whose = { accountId: account.accountId, actor: actorOf(viewer), now: services.now() };
  return { ...whose, rule: ruleOf(body), people: [...new Set(people)], webhook, enabled };
};

const add = consoleRoute({
  method: "post",
  path: `${PATH}/rules`,
  access: "account:own",
  tag: "account",
  summary: "Add a rule.",
  request: { body: orderShape },
  response: alertsShape,
  status: 201,
  handle: async (call) => {
    if ((await addRule(call.services.database, await orderOf(call))) === null)
      throw problems.conflict(`An account has at most ${MAX_RULES} rules. Remove one first.`);
    return await alertsOf(call);
  },
});

const ruleId = z.strictObject({ rule: publicId });

const change = consoleRoute({
  method: "put",
  path: `${PATH}/rules/{rule}`,
  access: "account:own",
  tag: "account",
  summary: "Change a rule; it is armed anew.",
  request: { params: ruleId, body: orderShape },
  response: alertsShape,
  handle: async (call) => {
    if (!(await changeRule(call.services.database, call.params.rule, await orderOf(call))))
      throw problems.missing("rule");
    return await alertsOf(call);
  },
});

const remove = consoleRoute({
  method: "delete",
  path: `${PATH}/rules/{rule}`,
  access: "account:own",
  tag: "account",
  summary: "Remove a rule.",
  request: { params: ruleId },
  response: alertsShape,
  handle: async (call) => {
    const { services, viewer, account, params } = call;
    const order = { publicId: params.rule, accountId: account.accountId, actor: actorOf(viewer) };
    if (!(await removeRule(services.database, order))) throw problems.missing("rule");
    return await alertsOf(call);
  },
});

const hook = consoleRoute({
  method: "put",
  path: `${PATH}/webhook`,
  access: "account:own",
  stepUp: true,
  tag: "account",
  summary: "Set the webhook and switch it on. A new secret is answered only now.",
  request: { body: z.strictObject({ url: z.string().min(1).max(MAX_URL), newSecret: z.boolean() }) },
  response: z.strictObject({ secret: z.string().nullable(), webhook: webhookShape }),
  handle: async ({ services, viewer, account, body }) => {
    const { database, engine, config } = services;
    const problem = urlProblem(body.url, config.production);
    if (problem !== null) throw problems.invalid({ url: problem });
    const { accountId, accountPublicId: publicId } = account;
    const isNew = body.newSecret || (await findWebhook(database.kysely, accountId)) === undefined;
    const secret = isNew ? newWebhookSecret() : null;
    const sealed = secret === null ? null : engine.box.seal("webhook", secretPlace(accountId), secret);
    const order = { accountId, publicId, url: body.url, secret: sealed, actor: actorOf(viewer), now: services.now() };
    if (!(await setWebhook(database, order)))
      throw problems.conflict("The webhook was removed meanwhile. Set it up again.");
    return { secret, webhook: { url: body.url, disabledAt: null } };
  },
});

const unhook = consoleRoute({
  method: "delete",
  path: `${PATH}/webhook`,
  access: "account:own",
  tag: "account",
  summary: "Remove the webhook.",
  response: NOTHING,
  handle: async ({ services, viewer, account }) => {
    const { accountId, accountPublicId: publicId } = account;
    await removeWebhook(services.database, { accountId, publicId, actor: actorOf(viewer) });
  },
});

const test = consoleRoute({
  method: "post",
  path: `${PATH}/webhook/test`,
  access: "account:own",
  tag: "account",
  summary: "Post a test event; how it went is in the deliveries a moment later.",
  response: NOTHING,
  handle: async ({ services, account }) => {
    const { accountId, accountPublicId } = account;
    const webhook = await findWebhook(services.database.kysely, accountId);
    if (webhook === undefined || webhook.disabledAt !== null)
      throw problems.conflict("There is no webhook that is switched on. Set it up first.");
    const deliveries = await listDeliveries(services.database.kysely, accountId);
    // One at a time: a button must not become a flood for somebody else's server.
    if (deliveries.some(({ event, state }) => event === "test" && state === "waiting"))
      throw problems.conflict("A test is on its way already. Wait a moment, then look at the deliveries.");
    const id = newPublicId("evt_");
    const createdAt = new Date(services.now()).toISOString();
    const event = { id, type: "test", createdAt, account: accountPublicId, message: "A test.", data: {} };
    const message = {
      accountId,
      event: "test",
      channel: "webhook",
      target: null,
      body: JSON.stringify(event),
    } as const;
    await addMessage(services.database, message, services.now());
  },
});

export const alertRoutes: readonly ConsoleRoute[] = [read, add, change, remove, hook, unhook, test];

/** Accounts of customers as those see them who run the installation: found, looked at, made, frozen, and put on a plan. */
import { z } from "@hono/zod-openapi";

import { cleanName, MAX_NAME } from "../../accounts/account.ts";
import { createAccount, findAccount, setFrozen, setPlan } from "../../accounts/store.ts";
import { readDetails } from "../../accounts/details-store.ts";
import { findKey, setKeyStatus } from "../../keys/store.ts";
import { listDetails } from "../../keys/detail-store.ts";
import { listEntries, statementLine } from "../account/billing-routes.ts";
import { keyShape, shownKey } from "../account/key-shapes.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { problems } from "../errors.ts";
import { createInvitation, listInvitations, MAX_OPEN } from "../people/invitation-store.ts";
import { listMembers } from "../people/membership-store.ts";
import { cleanEmail } from "../people/person.ts";
import { consoleRoute, type Call, type ConsoleRoute } from "../route.ts";
import { at, count, line, listOf, nano, nanoText, pageQuery, publicId } from "../values.ts";
import { ACCOUNT_ROLES, actorOf } from "../viewer.ts";
import { ACCOUNT_STATES, lastFreezes, newestTransfer, searchAccounts, type AccountLine } from "./accounts-store.ts";

const PATH = "/admin/accounts";
const MAX_SEARCH = 200;
const MAX_EMAIL = 254;
export const MAX_REASON = 500;

export const accountId = z.strictObject({ account: publicId });

const accountShape = z
  .strictObject({
    id: publicId,
    name: z.string(),
    owner: z.string().nullable(),
    planId: z.string().nullable(),
    isFrozen: z.boolean(),
    balanceNano: nano,
    promoNano: nano,
    borrowedNano: nano,
    pendingNano: nano,
    /** Of the last 30 days. */
    requests: count,
    revenueNano: nano,
    costNano: nano,
    marginNano: nano,
    createdAt: at,
  })
  .openapi("OperatorAccount");

const shown = (account: AccountLine): z.input<typeof accountShape> => ({
  id: account.publicId,
  name: account.name,
  owner: account.owner,
  planId: account.planId,
  isFrozen: account.isFrozen,
  balanceNano: nanoText(account.balance),
  promoNano: nanoText(account.promo),
  borrowedNano: nanoText(account.leased),
  pendingNano: nanoText(account.pending),
  requests: account.brought.requests,
  revenueNano: nanoText(account.brought.revenue),
  costNano: nanoText(account.brought.cost),
  marginNano: nanoText(account.brought.revenue - account.brought.cost),
  createdAt: account.createdAt,
});

const list = consoleRoute({
  method: "get",
  path: PATH,
  access: "admin:read",
  tag: "admin",
  summary: "Accounts, newest first, by a part of the name, an owner's address, an id, or a key's last four characters.",
  request: {
    query: z.strictObject({
      ...pageQuery,
      search: z.string().min(1).max(MAX_SEARCH).optional(),
      state: z.enum(ACCOUNT_STATES).optional(),
      plan: z.string().min(1).max(MAX_SEARCH).optional(),
    }),
  },
  response: listOf(accountShape),
  handle: async ({ services, query }) => {
    const [before] = readCursor(query.cursor, 1) ?? [];
    const accounts = await searchAccounts(services.database.kysely, {
      text: query.search?.trim() ?? null,
      state: query.state ?? null,
      planId: query.plan ?? null,
      before: before === undefined ? null : Number(before),
      limit: query.limit + 1,
      now: services.now(),
    });
    const { rows, next } = pageOf(accounts, query.limit, ({ id }) => [id]);
    return { items: rows.map(shown), next };
  },
});

type AdminCall = Pick<Call<"admin:read">, "services" | "viewer">;

/** @throws ConsoleError not_found */
export const accountOf = async ({ services }: Pick<Call, "services">, id: string) => {
  const account = await findAccount(services.database.kysely, id);
  if (account === undefined) throw problems.missing("account");
  return account;
};

const detailShape = z.strictObject({
  account: accountShape,
  company: z.string().nullable(),
  closedAt: at.nullable(),
  /** Who froze it last, and why; null while it is not frozen. */
  frozen: z.strictObject({ at, actor: z.string(), reason: z.string() }).nullable(),
  /** The newest of its transfers, to be named with an entry (E114). */
  newestTransfer: z.string(),
  members: z.array(
    z.strictObject({ id: z.string(), name: z.string(), email: z.string(), role: z.enum(ACCOUNT_ROLES) }),
  ),
  invited: z.array(z.strictObject({ email: z.string(), role: z.string(), expiresAt: at })),
  plans: z.array(z.string()),
  defaultPlan: z.string().nullable(),
});

const readAccount = async ({ services }: Pick<Call, "services">, id: string): Promise<z.input<typeof detailShape>> => {
  const { kysely } = services.database;
  const account = await accountOf({ services }, id);
  const [found] = await searchAccounts(kysely, {
    text: id,
    state: null,
    planId: null,
    before: account.id + 1,
    limit: 1,
    now: services.now(),
  });
  if (found?.publicId !== id) throw problems.missing("account");
  const details = await readDetails(kysely, account.id);
  const members = await listMembers(kysely, account.id);
  const invited = await listInvitations(kysely, account.id, services.now());
  const { plans, defaultPlan } = services.installation();
  return {
    account: shown(found),
    company: details.company,
    closedAt: details.closedAt,
    frozen: found.isFrozen ? ((await lastFreezes(kysely, [id])).get(id) ?? null) : null,
    newestTransfer: String(await newestTransfer(kysely, account.id)),
    members: members.map(({ personId, name, email, role }) => ({ id: personId, name, email, role })),
    invited: invited.map(({ email, role, expiresAt }) => ({ email, role, expiresAt })),
    plans: [...plans.keys()],
    defaultPlan: defaultPlan?.id ?? null,
  };
};

const one = consoleRoute({
  method: "get",
  path: `${PATH}/{account}`,
  access: "admin:read",
  tag: "admin",
  summary: "One account: its money, its people, its plan, and why it is frozen.",
  request: { params: accountId },
  response: detailShape,
  handle: (call) => readAccount(call, call.params.account),
});

/** @throws ConsoleError for what is no address */
const emailOf = (text: string): string => {
  const email = cleanEmail(text);
  if (email === null) throw problems.invalid({ email: "is not an address" });
  return email;
};

/** Invites somebody to own an account. @returns the link, where no mail is sent */
const inviteOwner = async (
  { services, viewer }: AdminCall,
  account: { readonly id: number; readonly name: string },
  email: string,
): Promise<string | null> => {
  const { database, people, mail, config } = services;
  const order = { accountId: account.id, role: "owner", email, invitedBy: viewer.userId, now: services.now() } as const;
  const made = await createInvitation(database, order);
  if (made === null) throw problems.conflict(`At most ${MAX_OPEN} invitations are open at once. Take some back first.`);
  await people.sendInvitation(email, made.token, { by: viewer.name, to: account.name });
  return mail.isOn ? null : `${config.publicUrl}/invite/${made.token}`;
};

/** @throws ConsoleError for a plan that there is not */
const checkPlan = ({ services }: Pick<Call, "services">, planId: string | null): void => {
  if (planId !== null && !services.installation().plans.has(planId))
    throw problems.invalid({ planId: "is not a plan" });
};

const create = consoleRoute({
  method: "post",
  path: PATH,
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Open an account, and invite who is to own it.",
  request: {
    body: z.strictObject({
      name: line(MAX_NAME),
      planId: line(MAX_SEARCH).nullable().default(null),
      email: line(MAX_EMAIL).nullable().default(null),
    }),
  },
  response: z.strictObject({ id: publicId, link: z.string().nullable() }),
  status: 201,
  handle: async (call) => {
    const { services, viewer, body } = call;
    const name = cleanName(body.name);
    if (name === null) throw problems.invalid({ name: `must have 1 to ${MAX_NAME} characters in one line` });
    checkPlan(call, body.planId);
    const email = body.email === null ? null : emailOf(body.email);
    const account = await createAccount(services.database, { name, planId: body.planId, actor: actorOf(viewer) });
    // An account whose invitation was not made stands without an owner: its page offers to invite one.
    return { id: account.publicId, link: email === null ? null : await inviteOwner(call, account, email) };
  },
});

const invite = consoleRoute({
  method: "post",
  path: `${PATH}/{account}/invitations`,
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Invite somebody to own an account.",
  request: { params: accountId, body: z.strictObject({ email: line(MAX_EMAIL) }) },
  response: z.strictObject({ link: z.string().nullable() }),
  status: 201,
  handle: async (call) => {
    const email = emailOf(call.body.email);
    return { link: await inviteOwner(call, await accountOf(call, call.params.account), email) };
  },
});

const freezing = (word: "freeze" | "thaw", summary: string): ConsoleRoute =>
  consoleRoute({
    method: "post",
    path: `${PATH}/{account}/${word}`,
    access: "admin:support",
    tag: "admin",
    summary,
    request: { params: accountId, body: z.strictObject({ reason: line(MAX_REASON) }) },
    response: detailShape,
    handle: async (call) => {
      const { services, viewer, params, body } = call;
      const details = await readDetails(services.database.kysely, (await accountOf(call, params.account)).id);
      if (word === "thaw" && details.closedAt !== null)
        throw problems.conflict("Its owner has closed this account. It stays closed; open a new one instead.");
      const order = {
        publicId: params.account,
        frozen: word === "freeze",
        reason: body.reason,
        actor: actorOf(viewer),
      };
      if (!(await setFrozen(services.database, order))) throw problems.missing("account");
      await services.refresh();
      return await readAccount(call, params.account);
    },
  });

const plan = consoleRoute({
  method: "put",
  path: `${PATH}/{account}/plan`,
  access: "admin:write",
  tag: "admin",
  summary: "Put an account on a plan, without a fee; null: on the usual one.",
  request: { params: accountId, body: z.strictObject({ planId: line(MAX_SEARCH).nullable() }) },
  response: detailShape,
  handle: async (call) => {
    const { services, viewer, params, body } = call;
    checkPlan(call, body.planId);
    const order = { publicId: params.account, planId: body.planId, actor: actorOf(viewer) };
    if (!(await setPlan(services.database, order))) throw problems.missing("account");
    await services.refresh();
    return await readAccount(call, params.account);
  },
});

const entries = consoleRoute({
  method: "get",
  path: `${PATH}/{account}/entries`,
  access: "admin:read",
  tag: "admin",
  summary: "An account's statement, newest first: transfers, and requests by the day.",
  request: { params: accountId, query: z.strictObject(pageQuery) },
  response: listOf(statementLine),
  handle: async (call) => {
    const account = await accountOf(call, call.params.account);
    return await listEntries(call.services, account.id, call.query);
  },
});

const keys = consoleRoute({
  method: "get",
  path: `${PATH}/{account}/keys`,
  access: "admin:read",
  tag: "admin",
  summary: "An account's keys, newest first.",
  request: { params: accountId, query: z.strictObject(pageQuery) },
  response: listOf(keyShape),
  handle: async (call) => {
    const { services, query } = call;
    const account = await accountOf(call, call.params.account);
    const [before] = readCursor(query.cursor, 1) ?? [];
    const now = services.now();
    const order = { accountId: account.id, before: before === undefined ? null : Number(before), now };
    const found = await listDetails(services.database.kysely, { ...order, limit: query.limit + 1 });
    const { rows, next } = pageOf(found, query.limit, ({ id }) => [id]);
    return { items: rows.map((key) => shownKey(key, now)), next };
  },
});

const keyFreezing = (word: "freeze" | "thaw", summary: string): ConsoleRoute =>
  consoleRoute({
    method: "post",
    path: `${PATH}/{account}/keys/{key}/${word}`,
    access: "admin:support",
    tag: "admin",
    summary,
    request: { params: z.strictObject({ account: publicId, key: publicId }) },
    response: z.strictObject({ status: z.string() }),
    handle: async (call) => {
      const { services, viewer, params } = call;
      const account = await accountOf(call, params.account);
      const key = await findKey(services.database.kysely, params.key);
      if (key?.accountId !== account.id) throw problems.missing("key");
      if (key.status === "revoked")
        throw problems.conflict("The key is revoked, which cannot be undone. Create a new one.");
      const status = word === "freeze" ? "frozen" : "active";
      await setKeyStatus(services.database, { publicId: params.key, status, actor: actorOf(viewer) });
      await services.refresh();
      return { status };
    },
  });

export const accountRoutes: readonly ConsoleRoute[] = [
  list,
  create,
  one,
  invite,
  freezing("freeze", "Stop what an account spends; the reason stands in the audit log."),
  freezing("thaw", "Let a frozen account spend again; the reason stands in the audit log."),
  plan,
  entries,
  keys,
  keyFreezing("freeze", "Refuse a key of an account until it is thawed."),
  keyFreezing("thaw", "Accept a frozen key of an account again."),
];

/** An account's keys: made, shown once, changed, frozen, replaced and revoked by the same rules as on the command line. */
import { z } from "@hono/zod-openapi";

import { cleanName, MAX_NAME } from "../../accounts/account.ts";
import { changeKey, createBoundedKey, KeyRefused, MAX_LIVE_KEYS, rotateKey } from "../../keys/change-store.ts";
import type { KeyRefusal } from "../../keys/change-store.ts";
import { findDetail, listDetails } from "../../keys/detail-store.ts";
import type { KeyFormat, KeyStatus } from "../../keys/key.ts";
import { setKeyStatus } from "../../keys/store.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { problems } from "../errors.ts";
import { ownersOf } from "../people/membership-store.ts";
import { consoleRoute, type Call, type ConsoleRoute } from "../route.ts";
import { listOf, pageQuery } from "../values.ts";
import { actorOf, type AccountName } from "../viewer.ts";
import { changeShape, keyId, keyShape, madeShape, newKeyShape, rotationShape, shownKey } from "./key-shapes.ts";

const PATH = "/accounts/{account}/keys";
const HOUR_MS = 3_600_000;

type AccountCall = Call<"account:write"> & { readonly account: AccountName };

const formatOf = ({ services }: Pick<Call, "services">): KeyFormat => {
  const { keyPrefix, keyLength } = services.installation().storefront;
  return { prefix: keyPrefix, length: keyLength };
};

/** The words for each refusal. */
const REFUSALS = {
  missing: () => problems.missing("key"),
  revoked: () => problems.conflict("This key is revoked, and stays so. Create another one."),
  too_many: () =>
    problems.conflict(`An account has at most ${MAX_LIVE_KEYS} keys. Revoke one that is not used, then try again.`),
  budget_kind: () =>
    problems.invalid({ budgetNano: "can be changed only where a key was made with a budget; create another key" }),
  budget_spent: () =>
    problems.invalid({ budgetNano: "is less than what is spent, or held by running requests, already" }),
} as const satisfies Record<KeyRefusal, () => Error>;

const refusing = async <T>(act: Promise<T>): Promise<T> => {
  try {
    return await act;
  } catch (error) {
    throw error instanceof KeyRefused ? REFUSALS[error.refusal]() : error;
  }
};

const nameOf = (text: string): string => {
  const name = cleanName(text);
  if (name === null) throw problems.invalid({ name: `must have 1 to ${MAX_NAME} characters in one line` });
  return name;
};

const checkModels = ({ services }: Pick<Call, "services">, models: readonly string[] | null | undefined): void => {
  const installation = services.installation();
  if (models?.some((model) => installation.resolve(model).kind === "unknown") === true)
    throw problems.invalid({ models: "holds a name that is no model here; choose from the list" });
};

const checkExpiry = ({ services }: Pick<Call, "services">, expiresAt: number | null | undefined): void => {
  if (typeof expiresAt === "number" && expiresAt <= services.now())
    throw problems.invalid({ expiresAt: "must be a time to come" });
};

/** A key of the account in the path. @throws ConsoleError not_found */
const shown = async ({ services, account }: Pick<AccountCall, "services" | "account">, publicId: string) => {
  const { database } = services;
  const key = await findDetail(database.kysely, { publicId, accountId: account.accountId, now: services.now() });
  if (key === undefined) throw problems.missing("key");
  return shownKey(key, services.now());
};

/** Tells the owners, so that a key that nobody of them made is seen (ASVS 6.3.7). */
const tellOwners = async (call: AccountCall, name: string): Promise<void> => {
  const { services, viewer, account } = call;
  const house = services.installation().storefront.name;
  for (const to of await ownersOf(services.database.kysely, account.accountId))
    await services.mail.send({
      to,
      subject: `A new key at ${house}: ${name}`,
      text: `${viewer.email} created the key "${name}".\n\nIf that should not be, revoke it: ${services.config.publicUrl}/app/${account.accountPublicId}/keys\n`,
    });
};

const list = consoleRoute({
  method: "get",
  path: PATH,
  access: "account:read",
  tag: "account",
  summary: "Keys, newest first.",
  request: { query: z.strictObject(pageQuery) },
  response: listOf(keyShape),
  handle: async ({ services, account, query }) => {
    const [before] = readCursor(query.cursor, 1) ?? [null];
    const order = {
      accountId: account.accountId,
      before: before === null ? null : Number(before),
      now: services.now(),
    };
    const keys = await listDetails(services.database.kysely, { ...order, limit: query.limit + 1 });
    const { rows, next } = pageOf(keys, query.limit, ({ id }) => [id]);
    return { items: rows.map((key) => shownKey(key, order.now)), next };
  },
});

const choices = consoleRoute({
  method: "get",
  path: "/accounts/{account}/key-models",
  access: "account:read",
  tag: "account",
  summary: "The models that a key may be limited to.",
  response: z.strictObject({ models: z.array(z.string()) }),
  handle: ({ services }) => ({ models: services.installation().callables.map(({ model }) => model.id) }),
});

const create = consoleRoute({
  method: "post",
  path: PATH,
  access: "account:write",
  stepUp: true,
  tag: "account",
  summary: "Create a key; its text is answered only now.",
  request: { body: newKeyShape },
  response: madeShape,
  status: 201,
  handle: async (call) => {
    const { services, viewer, account, body } = call;
    const name = nameOf(body.name);
    checkModels(call, body.models);
    checkExpiry(call, body.expiresAt);
    if (body.budgetPeriod !== null && body.budgetNano === null)
      throw problems.invalid({ budgetPeriod: "needs a budget" });
    const { rpm, tpm, concurrency, models, expiresAt } = body;
    const budget = body.budgetNano === null ? null : BigInt(body.budgetNano);
    const period = body.budgetPeriod === null ? {} : { budgetPeriod: body.budgetPeriod };
    const limits = { rpm, tpm, concurrency, models, budget, ...period, expiresAt };
    const order = { accountId: account.accountId, name, format: formatOf(call), limits, actor: actorOf(viewer) };
    const made = await refusing(createBoundedKey(services.database, order));
    await services.refresh();
    await tellOwners(call, name);
    return { key: await shown(call, made.publicId), secret: made.key };
  },
});

const change = consoleRoute({
  method: "patch",
  path: `${PATH}/{key}`,
  access: "account:write",
  tag: "account",
  summary: "Change a key's name, limits, budget, models or end.",
  request: { params: keyId, body: changeShape },
  response: keyShape,
  handle: async (call) => {
    const { services, viewer, account, params, body } = call;
    checkModels(call, body.models);
    checkExpiry(call, body.expiresAt);
    const { name, rpm, tpm, concurrency, models, budgetNano, expiresAt } = body;
    const place = { publicId: params.key, accountId: account.accountId, actor: actorOf(viewer) };
    await refusing(
      changeKey(services.database, place, {
        ...(name === undefined ? {} : { name: nameOf(name) }),
        ...(rpm === undefined ? {} : { rpm }),
        ...(tpm === undefined ? {} : { tpm }),
        ...(concurrency === undefined ? {} : { concurrency }),
        ...(models === undefined ? {} : { models }),
        ...(budgetNano === undefined ? {} : { budget: BigInt(budgetNano) }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      }),
    );
    await services.refresh();
    return await shown(call, params.key);
  },
});

const setting = (word: string, status: KeyStatus, summary: string): ConsoleRoute =>
  consoleRoute({
    method: "post",
    path: `${PATH}/{key}/${word}`,
    access: "account:write",
    tag: "account",
    summary,
    request: { params: keyId },
    response: keyShape,
    handle: async (call) => {
      const { services, viewer, params } = call;
      const before = await shown(call, params.key);
      if (before.state === "revoked" && status !== "revoked") throw REFUSALS.revoked();
      await setKeyStatus(services.database, { publicId: params.key, status, actor: actorOf(viewer) });
      await services.refresh();
      return await shown(call, params.key);
    },
  });

const rotate = consoleRoute({
  method: "post",
  path: `${PATH}/{key}/rotate`,
  access: "account:write",
  stepUp: true,
  tag: "account",
  summary: "Create a key in place of another, which ends after some hours; 0 revokes it at once.",
  request: { params: keyId, body: rotationShape },
  response: madeShape,
  status: 201,
  handle: async (call) => {
    const { services, viewer, account, params, body } = call;
    const endsAt = body.overlapHours === 0 ? null : services.now() + body.overlapHours * HOUR_MS;
    const place = { publicId: params.key, accountId: account.accountId, actor: actorOf(viewer) };
    const made = await refusing(rotateKey(services.database, { ...place, format: formatOf(call), endsAt }));
    await services.refresh();
    const key = await shown(call, made.publicId);
    await tellOwners(call, key.name);
    return { key, secret: made.key };
  },
});

export const keyRoutes: readonly ConsoleRoute[] = [
  list,
  choices,
  create,
  change,
  setting("freeze", "frozen", "Refuse a key until it is thawed."),
  setting("thaw", "active", "Accept a frozen key again."),
  setting("revoke", "revoked", "Refuse a key for ever."),
  rotate,
];

/** What an account is called, what its invoices say, and its end. */
import { z } from "@hono/zod-openapi";

import { cleanName, MAX_NAME } from "../../accounts/account.ts";
import { changeDetails, closeAccount, readDetails } from "../../accounts/details-store.ts";
import { onceReturned } from "../../ledger/close-store.ts";
import { readHoldings } from "../../ledger/statement-store.ts";
import { TransferRefused } from "../../ledger/transfer.ts";
import { problems } from "../errors.ts";
import { ownersOf } from "../people/membership-store.ts";
import { consoleRoute, NOTHING, type Call, type ConsoleRoute } from "../route.ts";
import { at, line, nano, nanoText } from "../values.ts";
import { actorOf, type AccountName } from "../viewer.ts";

const PATH = "/accounts/{account}/settings";
const MAX_ADDRESS = 500;
const MAX_TAX_ID = 50;

const settingsShape = z.strictObject({
  name: z.string(),
  company: z.string().nullable(),
  address: z.string().nullable(),
  taxId: z.string().nullable(),
  planId: z.string().nullable(),
  balanceNano: nano,
  createdAt: at,
  closedAt: at.nullable(),
});

type AccountCall = Pick<Call, "services" | "signal"> & { readonly account: AccountName };

const settingsOf = async ({ services, account }: AccountCall): Promise<z.input<typeof settingsShape>> => {
  const { kysely } = services.database;
  const { name, planId, balance, createdAt } = await readHoldings(kysely, account.accountId);
  const { company, address, taxId, closedAt } = await readDetails(kysely, account.accountId);
  const plan = planId ?? services.installation().defaultPlan?.id ?? null;
  return { name, company, address, taxId, planId: plan, balanceNano: nanoText(balance), createdAt, closedAt };
};

const read = consoleRoute({
  method: "get",
  path: PATH,
  access: "account:read",
  tag: "account",
  summary: "The account's name and what its invoices say.",
  response: settingsShape,
  handle: (call) => settingsOf(call),
});

/** Text of several lines without other control characters. */
const isPrintable = (text: string): boolean => {
  for (const character of text) if ((character < " " && character !== "\n") || character === "\u007F") return false;
  return true;
};

const textOf = (field: string, text: string | null): string | null => {
  const clean = text?.replaceAll("\r\n", "\n").trim() ?? "";
  if (!isPrintable(clean)) throw problems.invalid({ [field]: "holds characters that cannot be printed" });
  return clean === "" ? null : clean;
};

const optional = (most: number) => z.string().max(most).nullable();

const change = consoleRoute({
  method: "put",
  path: PATH,
  access: "account:own",
  tag: "account",
  summary: "Change the account's name and what its next invoices say.",
  request: {
    body: z.strictObject({
      name: line(MAX_NAME),
      company: optional(MAX_NAME),
      address: optional(MAX_ADDRESS),
      taxId: optional(MAX_TAX_ID),
    }),
  },
  response: settingsShape,
  handle: async (call) => {
    const { services, viewer, account, body } = call;
    const name = cleanName(body.name);
    if (name === null) throw problems.invalid({ name: `must have 1 to ${MAX_NAME} characters in one line` });
    await changeDetails(services.database, {
      accountId: account.accountId,
      publicId: account.accountPublicId,
      actor: actorOf(viewer),
      now: services.now(),
      name,
      company: textOf("company", body.company),
      address: textOf("address", body.address),
      taxId: textOf("taxId", body.taxId),
    });
    return await settingsOf(call);
  },
});

const close = consoleRoute({
  method: "post",
  path: `${PATH}/close`,
  access: "account:own",
  stepUp: true,
  tag: "account",
  summary: "Close the account: its keys are revoked and it is frozen; its balance stays in the books.",
  response: NOTHING,
  handle: async ({ services, viewer, account }) => {
    const { database } = services;
    const { accountId, accountPublicId: publicId } = account;
    const place = { accountId, publicId, actor: actorOf(viewer), now: services.now() };
    try {
      await onceReturned(database, accountId, (queries) => closeAccount(queries, place));
    } catch (error) {
      if (!(error instanceof TransferRefused)) throw error;
      throw problems.conflict("Requests of this account are still running. Stop what sends them, then close it.");
    }
    await services.refresh();
    const house = services.installation().storefront.name;
    for (const to of await ownersOf(database.kysely, accountId))
      await services.mail.send({
        to,
        subject: `Your account at ${house} is closed`,
        text: `${viewer.email} closed the account. Its keys are revoked. What is left of its balance stays in the books; write to us about it.\n`,
      });
  },
});

export const settingsRoutes: readonly ConsoleRoute[] = [read, change, close];

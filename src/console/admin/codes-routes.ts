/** Codes that the operator makes and customers redeem. A code's text is answered once, when it is made. */
import { z } from "@hono/zod-openapi";

import { CODE_KINDS, MAX_CODE_AMOUNT, MAX_CODES, MAX_NOTE, MAX_USES } from "../../payments/code.ts";
import { createCodes, listCodes, revokeCode, type CodeInfo } from "../../payments/code-store.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { problems } from "../errors.ts";
import { consoleRoute, NOTHING, type ConsoleRoute } from "../route.ts";
import { at, count, line, listOf, nano, nanoText, pageQuery, positiveNano, publicId } from "../values.ts";
import { actorOf } from "../viewer.ts";

const STATES = ["open", "used", "ended", "revoked"] as const;

const codeShape = z
  .strictObject({
    id: publicId,
    last4: z.string(),
    state: z.enum(STATES),
    kind: z.enum(CODE_KINDS),
    amountNano: nano,
    uses: count,
    used: count,
    perAccount: count,
    note: z.string().nullable(),
    createdAt: at,
    expiresAt: at.nullable(),
  })
  .openapi("Code");

const stateOf = ({ revokedAt, used, uses, expiresAt }: CodeInfo, now: number): (typeof STATES)[number] => {
  if (revokedAt !== null) return "revoked";
  if (used >= uses) return "used";
  return expiresAt !== null && expiresAt <= now ? "ended" : "open";
};

const shownCode = (code: CodeInfo, now: number): z.input<typeof codeShape> => ({
  id: code.publicId,
  last4: code.last4,
  state: stateOf(code, now),
  kind: code.kind,
  amountNano: nanoText(code.amount),
  uses: code.uses,
  used: code.used,
  perAccount: code.perAccount,
  note: code.note,
  createdAt: code.createdAt,
  expiresAt: code.expiresAt,
});

const list = consoleRoute({
  method: "get",
  path: "/admin/codes",
  access: "admin:read",
  tag: "admin",
  summary: "Codes, newest first, without their texts.",
  request: { query: z.strictObject(pageQuery) },
  response: listOf(codeShape),
  handle: async ({ services, query }) => {
    const [before] = readCursor(query.cursor, 1) ?? [null];
    const order = { before: before === null ? null : Number(before), limit: query.limit + 1 };
    const { rows, next } = pageOf(await listCodes(services.database.kysely, order), query.limit, ({ id }) => [id]);
    return { items: rows.map((code) => shownCode(code, services.now())), next };
  },
});

const create = consoleRoute({
  method: "post",
  path: "/admin/codes",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Make codes; their texts are answered only now.",
  request: {
    body: z.strictObject({
      kind: z.enum(CODE_KINDS),
      amountNano: positiveNano,
      count: z.int().min(1).max(MAX_CODES).default(1),
      uses: z.int().min(1).max(MAX_USES).default(1),
      perAccount: z.int().min(1).max(MAX_USES).default(1),
      expiresAt: at.nullable().default(null),
      note: line(MAX_NOTE).nullable().default(null),
    }),
  },
  response: z.strictObject({ codes: z.array(z.strictObject({ id: publicId, code: z.string() })) }),
  status: 201,
  handle: async ({ services, viewer, body }) => {
    const { kind, uses, perAccount, expiresAt, note } = body;
    const amount = BigInt(body.amountNano);
    if (amount > MAX_CODE_AMOUNT) throw problems.invalid({ amountNano: "is more than one code may be worth" });
    if (expiresAt !== null && expiresAt <= services.now())
      throw problems.invalid({ expiresAt: "must be a time to come" });
    const order = { kind, amount, uses, perAccount, expiresAt, note, actor: actorOf(viewer) };
    const made = await createCodes(services.database, order, body.count);
    return { codes: made.map(({ publicId: id, code }) => ({ id, code })) };
  },
});

const revoke = consoleRoute({
  method: "post",
  path: "/admin/codes/{code}/revoke",
  access: "admin:write",
  tag: "admin",
  summary: "Withdraw what is left of a code; what was redeemed stays.",
  request: { params: z.strictObject({ code: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, params }) => {
    const order = { publicId: params.code, actor: actorOf(viewer), now: services.now() };
    if (!(await revokeCode(services.database, order))) throw problems.missing("code");
  },
});

export const codeRoutes: readonly ConsoleRoute[] = [list, create, revoke];

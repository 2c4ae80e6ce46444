/** Everybody who may sign in: roles of the installation, closed doors, invitations, and looks at accounts of customers. */
import { z } from "@hono/zod-openapi";

import { pageOf, readCursor } from "../cursor.ts";
import { problems } from "../errors.ts";
import { countPasskeys } from "../people/factor-store.ts";
import { createInvitation, listInvitations, MAX_OPEN, revokeInvitation } from "../people/invitation-store.ts";
import { closeView, listNamedMemberships, openView } from "../people/membership-store.ts";
import { cleanEmail, type Person } from "../people/person.ts";
import { findPerson, listPeople, setDisabled, setRole, type RoleChange } from "../people/person-store.ts";
import { endSessions, listSessions } from "../people/session-store.ts";
import { consoleRoute, NOTHING, type ConsoleRoute } from "../route.ts";
import { at, count, line, listOf, pageQuery, publicId } from "../values.ts";
import { ACCOUNT_ROLES, actorOf, INSTALLATION_ROLES } from "../viewer.ts";

const MAX_SEARCH = 254;
const MAX_REASON = 500;

const personShape = z.strictObject({
  id: z.string(),
  email: z.string(),
  isVerified: z.boolean(),
  name: z.string(),
  username: z.string(),
  role: z.enum(INSTALLATION_ROLES).nullable(),
  hasCodes: z.boolean(),
  isDisabled: z.boolean(),
  createdAt: at,
});

const shown = ({ id, email, isVerified, name, username, role, hasCodes, isDisabled, createdAt }: Person) => ({
  id,
  email,
  isVerified,
  name,
  username,
  role,
  hasCodes,
  isDisabled,
  createdAt,
});

const list = consoleRoute({
  method: "get",
  path: "/admin/people",
  access: "admin:read",
  tag: "admin",
  summary: "Everybody who may sign in, searched by the beginning of an address, a username or an id.",
  request: {
    query: z.strictObject({
      ...pageQuery,
      search: z.string().max(MAX_SEARCH).optional(),
      staff: z.enum(["true"]).optional(),
    }),
  },
  response: listOf(personShape),
  handle: async ({ services, query }) => {
    const [after] = readCursor(query.cursor, 1) ?? [];
    const people = await listPeople(services.database.kysely, {
      search: query.search,
      staff: query.staff === "true",
      after: after === undefined ? undefined : String(after),
      limit: query.limit,
    });
    const { rows, next } = pageOf(people, query.limit, ({ id }) => [id]);
    return { items: rows.map(shown), next };
  },
});

const personId = z.strictObject({ person: publicId });

const one = consoleRoute({
  method: "get",
  path: "/admin/people/{person}",
  access: "admin:read",
  tag: "admin",
  summary: "One person, with their accounts and sessions.",
  request: { params: personId },
  response: z.strictObject({
    person: personShape,
    passkeys: count,
    accounts: z.array(z.strictObject({ id: z.string(), name: z.string(), role: z.enum(ACCOUNT_ROLES) })),
    sessions: count,
  }),
  handle: async ({ services, params }) => {
    const { kysely } = services.database;
    const person = await findPerson(kysely, params.person);
    if (person === null) throw problems.missing("person");
    const accounts = await listNamedMemberships(kysely, person.id);
    return {
      person: shown(person),
      passkeys: await countPasskeys(kysely, person.id),
      accounts: accounts.map(({ accountPublicId: id, accountLabel: name, role }) => ({ id, name, role })),
      sessions: (await listSessions(kysely, person, services.now())).length,
    };
  },
});

/** The words for what a change may meet. */
const REFUSALS = {
  missing: () => problems.missing("person"),
  "last-operator": () =>
    problems.conflict("The installation needs an operator. Give somebody else the role first, then try again."),
} as const satisfies Record<Exclude<RoleChange, "done">, () => Error>;

const change = consoleRoute({
  method: "patch",
  path: "/admin/people/{person}",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Give or take a role of the installation, or close the door to somebody; their sessions end.",
  request: {
    params: personId,
    body: z.strictObject({
      role: z.enum(INSTALLATION_ROLES).nullable().optional(),
      isDisabled: z.boolean().optional(),
    }),
  },
  response: personShape,
  handle: async ({ services, viewer, params, body }) => {
    const { database } = services;
    const order = { id: params.person, actor: actorOf(viewer) };
    if (body.role !== undefined) {
      const result = await setRole(database, { ...order, role: body.role });
      if (result !== "done") throw REFUSALS[result]();
    }
    if (body.isDisabled !== undefined) {
      const result = await setDisabled(database, { ...order, isDisabled: body.isDisabled });
      if (result !== "done") throw REFUSALS[result]();
    }
    const person = await findPerson(database.kysely, params.person);
    if (person === null) throw problems.missing("person");
    return shown(person);
  },
});

const end = consoleRoute({
  method: "post",
  path: "/admin/people/{person}/end-sessions",
  access: "admin:support",
  stepUp: true,
  tag: "admin",
  summary: "End every session of somebody.",
  request: { params: personId },
  response: z.strictObject({ ended: count }),
  handle: async ({ services, viewer, params }) => {
    const person = await findPerson(services.database.kysely, params.person);
    if (person === null) throw problems.missing("person");
    // Who only helps customers does not throw operators out.
    if (person.role !== null && viewer.installationRole !== "operator") throw problems.forbidden();
    return { ended: await endSessions(services.database, { personId: person.id, but: null, actor: actorOf(viewer) }) };
  },
});

const invitedRole = z.enum(["operator", "support", "auditor", "customer"]);

const invitations = consoleRoute({
  method: "get",
  path: "/admin/invitations",
  access: "admin:read",
  tag: "admin",
  summary: "Open invitations to the installation.",
  response: z.strictObject({
    items: z.array(
      z.strictObject({
        id: z.string(),
        email: z.string(),
        role: invitedRole,
        invitedBy: z.string(),
        createdAt: at,
        expiresAt: at,
      }),
    ),
  }),
  handle: async ({ services }) => {
    const open = await listInvitations(services.database.kysely, null, services.now());
    return {
      items: open.map(({ id, email, role, invitedBy, createdAt, expiresAt }) => ({
        id,
        email,
        role: invitedRole.parse(role),
        invitedBy,
        createdAt,
        expiresAt,
      })),
    };
  },
});

const invite = consoleRoute({
  method: "post",
  path: "/admin/invitations",
  access: "admin:write",
  stepUp: true,
  tag: "admin",
  summary: "Invite somebody as a customer, or to work for the installation.",
  request: { body: z.strictObject({ email: line(MAX_SEARCH), role: invitedRole }) },
  response: z.strictObject({ id: z.string(), link: z.string().nullable() }),
  status: 201,
  handle: async ({ services, viewer, body }) => {
    const { database, people, mail, config } = services;
    const email = cleanEmail(body.email);
    if (email === null) throw problems.invalid({ email: "is not an address" });
    const order = { accountId: null, role: body.role, email, invitedBy: viewer.userId, now: services.now() };
    const made = await createInvitation(database, order);
    if (made === null)
      throw problems.conflict(`At most ${MAX_OPEN} invitations are open at once. Take some back first.`);
    const to = services.installation().storefront.name;
    await people.sendInvitation(email, made.token, { by: viewer.name, to });
    return { id: made.id, link: mail.isOn ? null : `${config.publicUrl}/invite/${made.token}` };
  },
});

const uninvite = consoleRoute({
  method: "delete",
  path: "/admin/invitations/{invitation}",
  access: "admin:write",
  tag: "admin",
  summary: "Take an invitation to the installation back.",
  request: { params: z.strictObject({ invitation: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, params }) => {
    const order = { id: params.invitation, accountId: null, actor: actorOf(viewer), now: services.now() };
    if (!(await revokeInvitation(services.database, order))) throw problems.missing("invitation");
  },
});

const accountId = z.strictObject({ account: publicId });

const look = consoleRoute({
  method: "post",
  path: "/admin/accounts/{account}/view",
  access: "admin:read",
  stepUp: true,
  tag: "admin",
  summary: "Open an account of a customer for half an hour, to look at it; the reason stands in the audit log.",
  request: { params: accountId, body: z.strictObject({ reason: line(MAX_REASON) }) },
  response: z.strictObject({ expiresAt: at }),
  handle: async ({ services, viewer, params, body }) => {
    const { database } = services;
    const order = {
      accountPublicId: params.account,
      personId: viewer.userId,
      reason: body.reason,
      now: services.now(),
    };
    const expiresAt = await openView(database, order);
    if (expiresAt === null) throw problems.missing("account");
    return { expiresAt };
  },
});

const stopLooking = consoleRoute({
  method: "delete",
  path: "/admin/accounts/{account}/view",
  access: "admin:read",
  tag: "admin",
  summary: "Close an account that one has open.",
  request: { params: accountId },
  response: NOTHING,
  handle: async ({ services, viewer, params }) => {
    const account = viewer.views.find(({ accountPublicId }) => accountPublicId === params.account);
    if (account === undefined) throw problems.missing("account");
    await closeView(services.database, { account, personId: viewer.userId, now: services.now() });
  },
});

export const peopleRoutes: readonly ConsoleRoute[] = [
  list,
  one,
  change,
  end,
  invitations,
  invite,
  uninvite,
  look,
  stopLooking,
];

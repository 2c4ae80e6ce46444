/** The signed-in person: who they are, how they sign in, where they are signed in, which accounts are theirs. */
import { z } from "@hono/zod-openapi";

import { ACCESSES, allowedTo } from "../access.ts";
import { problems } from "../errors.ts";
import { recoveryCodesLeft, listPasskeys, removePasskey } from "../people/factor-store.ts";
import { findInvitation } from "../people/invitation-store.ts";
import { acceptInvitation } from "../people/accept-store.ts";
import { listNamedMemberships, removeMember } from "../people/membership-store.ts";
import {
  cleanPersonName,
  isUsername,
  MAX_PERSON_NAME,
  MAX_USERNAME,
  MIN_USERNAME,
  type Person,
} from "../people/person.ts";
import { findPassword, findPerson, updateProfile } from "../people/person-store.ts";
import { endSession, endSessions, listSessions } from "../people/session-store.ts";
import { consoleRoute, NOTHING, type Call, type ConsoleRoute } from "../route.ts";
import { at, count, line, publicId } from "../values.ts";
import { ACCOUNT_ROLES, actorOf, INSTALLATION_ROLES, type Viewer } from "../viewer.ts";

const meShape = z.strictObject({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  username: z.string(),
  /** The address was proved by a link. */
  isVerified: z.boolean(),
  installationRole: z.enum(INSTALLATION_ROLES).nullable(),
  /** Runs a production installation without a second factor: until there is one nothing else is open. */
  needsSecondFactor: z.boolean(),
  accounts: z.array(z.strictObject({ id: z.string(), name: z.string(), role: z.enum(ACCOUNT_ROLES), members: count })),
  /** Which of the API's accesses are theirs: pages offer nothing that would be refused. */
  may: z.strictObject({
    installation: z.array(z.enum(ACCESSES)),
    /** Of each account that can be entered, those of customers that are open to a look too. */
    accounts: z.array(z.strictObject({ id: z.string(), may: z.array(z.enum(ACCESSES)) })),
  }),
  /** Accounts of customers that are open to a look now. */
  views: z.array(z.string()),
  signedInAt: at,
  steppedUpAt: at,
});

const requirePerson = async ({ services, viewer }: { services: Call["services"]; viewer: Viewer }): Promise<Person> => {
  const person = await findPerson(services.database.kysely, viewer.userId);
  if (person === null) throw problems.signIn();
  return person;
};

const mayOf = (viewer: Viewer): z.input<typeof meShape>["may"] => {
  const { installation, accounts } = allowedTo(viewer);
  return { installation: [...installation], accounts: accounts.map(({ id, may }) => ({ id, may: [...may] })) };
};

const shown = async (call: { services: Call["services"]; viewer: Viewer }): Promise<z.input<typeof meShape>> => {
  const { services, viewer } = call;
  const person = await requirePerson(call);
  const accounts = viewer.needsSecondFactor ? [] : await listNamedMemberships(services.database.kysely, person.id);
  return {
    id: person.id,
    email: person.email,
    name: person.name,
    username: person.username,
    isVerified: person.isVerified,
    installationRole: viewer.installationRole,
    needsSecondFactor: viewer.needsSecondFactor,
    accounts: accounts.map(({ accountPublicId: id, accountLabel: name, role, members }) => ({
      id,
      name,
      role,
      members,
    })),
    may: mayOf(viewer),
    views: viewer.views.map(({ accountPublicId }) => accountPublicId),
    signedInAt: viewer.signedInAt,
    steppedUpAt: viewer.steppedUpAt,
  };
};

const me = consoleRoute({
  method: "get",
  path: "/me",
  access: "user",
  tag: "me",
  summary: "Who is signed in: name, roles and accounts.",
  response: meShape,
  handle: (call) => shown(call),
});

const change = consoleRoute({
  method: "patch",
  path: "/me",
  access: "user",
  tag: "me",
  summary: "Change one's own name or username.",
  request: { body: z.strictObject({ name: line(200).optional(), username: line(64).optional() }) },
  response: meShape,
  handle: async (call) => {
    const { services, body } = call;
    const person = await requirePerson(call);
    const name = body.name === undefined ? person.name : cleanPersonName(body.name);
    const username = body.username?.trim().toLowerCase() ?? person.username;
    if (name === null) throw problems.invalid({ name: `must be one line of 1 to ${MAX_PERSON_NAME} characters` });
    if (username !== person.username && !isUsername(username))
      throw problems.invalid({
        username: `must have ${MIN_USERNAME} to ${MAX_USERNAME} of a-z, 0-9 and inner dashes, and be nobody's title`,
      });
    if (!(await updateProfile(services.database, person, { name, username })))
      throw problems.invalid({ username: "is somebody's already; choose another one" });
    return await shown(call);
  },
});

const ways = consoleRoute({
  method: "get",
  path: "/me/sign-in",
  access: "user",
  tag: "me",
  summary: "How one signs in: password, codes of an app, passkeys.",
  response: z.strictObject({
    hasPassword: z.boolean(),
    hasCodes: z.boolean(),
    recoveryCodesLeft: count.nullable(),
    passkeys: z.array(
      z.strictObject({ id: z.string(), name: z.string().nullable(), isSynced: z.boolean(), createdAt: at }),
    ),
  }),
  handle: async (call) => {
    const { kysely } = call.services.database;
    const person = await requirePerson(call);
    return {
      hasPassword: (await findPassword(kysely, person.id)) !== null,
      hasCodes: person.hasCodes,
      recoveryCodesLeft: await recoveryCodesLeft(kysely, person.id),
      passkeys: (await listPasskeys(kysely, person.id)).map((one) => ({ ...one })),
    };
  },
});

const dropPasskey = consoleRoute({
  method: "delete",
  path: "/me/passkeys/{passkey}",
  access: "user",
  stepUp: true,
  tag: "me",
  summary: "Remove a passkey; every other session ends.",
  request: { params: z.strictObject({ passkey: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, params }) => {
    if (!(await removePasskey(services.database, viewer.userId, params.passkey))) throw problems.missing("passkey");
    await endSessions(services.database, { personId: viewer.userId, but: viewer.sessionId, actor: actorOf(viewer) });
  },
});

const sessions = consoleRoute({
  method: "get",
  path: "/me/sessions",
  access: "user",
  tag: "me",
  summary: "Where one is signed in.",
  response: z.strictObject({
    items: z.array(
      z.strictObject({
        id: z.string(),
        isThis: z.boolean(),
        createdAt: at,
        seenAt: at,
        ip: z.string().nullable(),
        userAgent: z.string().nullable(),
      }),
    ),
  }),
  handle: async (call) => {
    const { services, viewer } = call;
    const found = await listSessions(services.database.kysely, await requirePerson(call), services.now());
    return {
      items: found.map(({ id, createdAt, seenAt, ip, userAgent }) => ({
        id,
        isThis: id === viewer.sessionId,
        createdAt,
        seenAt,
        ip,
        userAgent,
      })),
    };
  },
});

const endOne = consoleRoute({
  method: "delete",
  path: "/me/sessions/{session}",
  access: "user",
  tag: "me",
  summary: "End one of one's sessions.",
  request: { params: z.strictObject({ session: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, params }) => {
    if (!(await endSession(services.database, viewer.userId, params.session))) throw problems.missing("session");
  },
});

const endOthers = consoleRoute({
  method: "post",
  path: "/me/sessions/end-others",
  access: "user",
  tag: "me",
  summary: "End every session of one's own but this one.",
  response: z.strictObject({ ended: count }),
  handle: async ({ services, viewer }) => ({
    ended: await endSessions(services.database, {
      personId: viewer.userId,
      but: viewer.sessionId,
      actor: actorOf(viewer),
    }),
  }),
});

const MAX_TYPED = 1_024;

const stepUp = consoleRoute({
  method: "post",
  path: "/me/step-up",
  access: "user",
  tag: "me",
  summary: "Prove once more who one is: by password, by a code, or by a passkey.",
  request: {
    body: z
      .strictObject({
        password: line(MAX_TYPED).optional(),
        code: line(64).optional(),
        passkey: z.record(z.string(), z.unknown()).optional(),
      })
      .refine(
        (proof) => Object.values(proof).filter((one) => one !== undefined).length === 1,
        "must be a password, a code or a passkey: one of them",
      ),
  },
  response: z.strictObject({ steppedUpAt: at }),
  handle: async ({ services, viewer, body, request, headers }) => {
    for (const cookie of await services.people.prove(viewer, request, body)) headers.append("set-cookie", cookie);
    return { steppedUpAt: services.now() };
  },
});

const accept = consoleRoute({
  method: "post",
  path: "/me/invitations",
  access: "user",
  tag: "me",
  summary: "Accept an invitation that was sent to one's own address.",
  request: { body: z.strictObject({ token: z.string().min(16).max(128) }) },
  response: z.strictObject({
    account: z.string().nullable(),
    /** The role is another one now, and the session over. */
    signInAgain: z.boolean(),
  }),
  handle: async (call) => {
    const { services, body } = call;
    const person = await requirePerson(call);
    const invitation = await findInvitation(services.database.kysely, body.token);
    const used =
      invitation === null ? null : await acceptInvitation(services.database, invitation, person, services.now());
    if (used === null)
      throw problems.gone("This invitation was used, taken back, has expired, or was sent to another address.");
    return used;
  },
});

const leave = consoleRoute({
  method: "post",
  path: "/me/leave",
  access: "user",
  stepUp: true,
  tag: "me",
  summary: "Leave an account; its last owner cannot.",
  request: { body: z.strictObject({ account: publicId }) },
  response: NOTHING,
  handle: async ({ services, viewer, body }) => {
    const membership = viewer.memberships.find(({ accountPublicId }) => accountPublicId === body.account);
    if (membership === undefined) throw problems.missing("account");
    const order = { account: membership, personId: viewer.userId, actor: actorOf(viewer) };
    if ((await removeMember(services.database, order)) === "last-owner")
      throw problems.conflict("You are the last owner of this account. Make somebody else an owner first.");
  },
});

export const meRoutes: readonly ConsoleRoute[] = [
  me,
  change,
  ways,
  dropPasskey,
  sessions,
  endOne,
  endOthers,
  stepUp,
  accept,
  leave,
];

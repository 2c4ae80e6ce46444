/** The document of the API, made from the same values that serve it: what a route takes and answers is said once. */
import { OpenAPIHono, z } from "@hono/zod-openapi";

import type { Access } from "./access.ts";
import { CONSOLE_ERROR_CODES } from "./errors.ts";
import { CSV, EVENTS, NOTHING, TAGS, type ConsoleRoute } from "./route.ts";

/** Where the API lies. */
export const API_PREFIX = "/console/api";

/** Who may call, as the document says it. */
const WORDS = {
  public: "Anybody.",
  user: "Anybody who is signed in.",
  "account:read":
    "Owner and members of the account, and who works for the installation while they have it open read-only.",
  "account:write": "Owner and members of the account.",
  "account:own": "The owner of the account.",
  "admin:read": "Operator, support and auditor.",
  "admin:support": "Operator and support.",
  "admin:audit": "Operator and auditor.",
  "admin:write": "The operator.",
} as const satisfies Record<Access, string>;

const error = z
  .strictObject({
    error: z.strictObject({
      code: z.string().openapi({
        description: `A constant: one of ${CONSOLE_ERROR_CODES.join(", ")}, or one of the gateway's where money or limits say no.`,
      }),
      message: z.string().openapi({ description: "What happened, why, and the next step. Safe to show." }),
      fields: z
        .record(z.string(), z.string())
        .optional()
        .openapi({ description: "What is wrong with each field, by its path." }),
    }),
  })
  .openapi("ConsoleError");

const json = (schema: z.ZodType) => ({ "application/json": { schema } });

const contentOf = ({ response }: ConsoleRoute) => {
  if (response === NOTHING) return { description: "Done." };
  if (response === CSV || response === EVENTS)
    return {
      description: response === CSV ? "A CSV file." : "Events.",
      content: { [response]: { schema: z.string() } },
    };
  return { description: "The answer.", content: json(response) };
};

/** The parameters of a path; the account's is checked by the access and is in no schema. */
const paramsOf = ({ path, params }: ConsoleRoute): z.ZodObject | undefined => {
  if (!path.includes("{account}")) return params;
  const account = z.string().openapi({ description: "The account's public id, `acc_…`." });
  return z.strictObject({ account, ...params?.shape });
};

const describe = (route: ConsoleRoute): string =>
  `Who may: ${WORDS[route.access]}${route.stepUp ? " Asks for a fresh proof of who one is." : ""}`;

const operationOf = (route: ConsoleRoute) => {
  const params = paramsOf(route);
  return {
    method: route.method,
    path: `${API_PREFIX}${route.path}`,
    tags: [`console: ${route.tag}`],
    summary: route.summary,
    description: describe(route),
    ...(route.access === "public" ? {} : { security: [{ session: [] }] }),
    request: {
      ...(params === undefined ? {} : { params }),
      ...(route.query === undefined ? {} : { query: route.query }),
      ...(route.body === undefined ? {} : { body: { required: true, content: json(route.body) } }),
    },
    responses: {
      [route.status]: contentOf(route),
      "4XX": { description: "It was refused.", content: json(error) },
      "5XX": { description: "It could not be done.", content: json(error) },
    },
  };
};

type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** The console's part of the document. */
export const consoleDocument = (routes: readonly ConsoleRoute[], version: string): Document => {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "session",
    description: "The cookie of a sign-in at the console. Unsafe methods are taken from the console's own pages only.",
  });
  for (const route of routes) app.openAPIRegistry.registerPath(operationOf(route));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Farthing", version },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name: `console: ${name}`, description })),
  });
};

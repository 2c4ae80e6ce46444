/** What the playground needs: a key of its own that ends by itself. The browser then calls the gateway as any client does. */
import { z } from "@hono/zod-openapi";

import { createBoundedKey, KeyRefused, MAX_LIVE_KEYS } from "../../keys/change-store.ts";
import { NO_LIMITS } from "../../keys/store.ts";
import { problems } from "../errors.ts";
import { consoleRoute, type ConsoleRoute } from "../route.ts";
import { at } from "../values.ts";
import { actorOf } from "../viewer.ts";

/** How long such a key lives: as long as somebody plays, and little longer than they forget it. */
const LIVES_MS = 3_600_000;
const CONCURRENCY = 4;
const NAME = "Playground";

const playgroundKey = consoleRoute({
  method: "post",
  path: "/accounts/{account}/playground-key",
  access: "account:write",
  tag: "account",
  summary: "A key for the playground: it ends within the hour, and runs four requests at once.",
  request: { body: z.strictObject({}) },
  response: z.strictObject({ key: z.string(), expiresAt: at }),
  status: 201,
  handle: async ({ services, account, viewer }) => {
    const { keyPrefix, keyLength } = services.installation().storefront;
    const expiresAt = services.now() + LIVES_MS;
    try {
      const { key } = await createBoundedKey(services.database, {
        accountId: account.accountId,
        name: NAME,
        format: { prefix: keyPrefix, length: keyLength },
        limits: { ...NO_LIMITS, concurrency: CONCURRENCY, expiresAt },
        actor: actorOf(viewer),
      });
      return { key, expiresAt };
    } catch (error) {
      if (error instanceof KeyRefused)
        throw problems.conflict(
          `An account has at most ${MAX_LIVE_KEYS} keys. Revoke one that is not used, then try again.`,
        );
      throw error;
    }
  },
});

export const playgroundRoutes: readonly ConsoleRoute[] = [playgroundKey];

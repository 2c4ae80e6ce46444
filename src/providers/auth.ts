/** A credential as the header that a provider wants it in. */
import type { Auth } from "./provider.ts";

const AUTH_HEADERS = {
  bearer: (key: string) => ({ authorization: `Bearer ${key}` }),
  "x-api-key": (key: string) => ({ "x-api-key": key }),
  "x-goog-api-key": (key: string) => ({ "x-goog-api-key": key }),
  none: () => ({}),
} as const satisfies Record<Auth, (key: string) => Readonly<Record<string, string>>>;

export const authHeaders = (auth: Auth, key: string): Readonly<Record<string, string>> => AUTH_HEADERS[auth](key);

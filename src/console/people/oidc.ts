/**
 * Any OpenID Connect server as a way in, by the sign-in library's plugin. The plugin asks the server for its addresses once, when it is
 * made, and for as long as that takes; so it lives in a library of its own, made when somebody first wants it and again until it works.
 * A server that is down, or never answers, keeps nobody from signing in by other ways.
 */
import { genericOAuth } from "better-auth/plugins";

import type { OidcClient } from "./oauth.ts";

/** The id of the provider, in addresses and in the database. */
export const OIDC = "oidc";

/** The longest that somebody waits for another service, in milliseconds. */
const SERVICE_MS = 5_000;

/** The subject of a profile; the library refuses an empty one. */
const subjectOf = (profile: Readonly<Record<string, unknown>>): string =>
  typeof profile["sub"] === "string" ? profile["sub"] : "";

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** @throws never: without an answer of the server the plugin has no provider */
export const oidcPlugin = ({ clientId, clientSecret, discoveryUrl, sendsSecretInBody, trustsEmail }: OidcClient) =>
  genericOAuth({
    config: [
      {
        providerId: OIDC,
        clientId,
        clientSecret,
        discoveryUrl,
        authentication: sendsSecretInBody ? "post" : "basic",
        scopes: ["openid", "email", "profile"],
        pkce: true,
        // What an id token says is believed only when the server's keys signed it for us, for this very sign-in.
        requireIdTokenVerification: true,
        accountSubject: ({ profile }) => subjectOf(profile),
        // The library takes the text "false" for a yes; some servers send it.
        mapProfileToUser: (profile) => ({
          email: textOf(profile["email"]),
          name: textOf(profile["name"]) ?? textOf(profile["preferred_username"]) ?? "",
          emailVerified: trustsEmail || profile["email_verified"] === true,
        }),
      },
    ],
  });

/** What comes first: the work, or null after SERVICE_MS. */
export const inTime = async <T>(work: Promise<T>): Promise<T | null> => {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => {
    resolve(null);
  }, SERVICE_MS);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
};

interface Made {
  readonly $context: Promise<{ readonly socialProviders: readonly { readonly id: string }[] }>;
}

/**
 * The library whose provider was found, made when it is first asked for; of several who ask at once each waits for the same one.
 * @returns null while the server does not answer as it should: the next one who asks tries again
 */
export const whenFound = <L extends Made>(make: () => L): (() => Promise<L | null>) => {
  let found: L | null = null;
  let looking: Promise<L | null> | null = null;
  const look = async (): Promise<L | null> => {
    const made = make();
    const context = await inTime(made.$context);
    return context?.socialProviders.some(({ id }) => id === OIDC) === true ? made : null;
  };
  return async () => {
    if (found !== null) return found;
    looking ??= look().finally(() => {
      looking = null;
    });
    found = await looking;
    return found;
  };
};

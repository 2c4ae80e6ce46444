/** Other services whose word about a person is taken: switched on by their variables in the environment, as providers are. */
import type { Config } from "../../config.ts";

export interface OauthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface OidcClient extends OauthClient {
  readonly discoveryUrl: string;
  /** What the button calls it; null for a word of ours. */
  readonly name: string | null;
  /** The secret goes into the body of the token request instead of its header. */
  readonly sendsSecretInBody: boolean;
  /** Its addresses are taken as proved though it does not say so: for a server that hands them out itself. */
  readonly trustsEmail: boolean;
}

export interface OauthProviders {
  readonly github: OauthClient | null;
  readonly google: OauthClient | null;
  /** Any OpenID Connect server, found by its issuer. */
  readonly oidc: OidcClient | null;
}

/** Their ids, in the order in which they are shown. */
export const OAUTH_IDS = ["github", "google", "oidc"] as const;
export type OauthId = (typeof OAUTH_IDS)[number];

const clientOf = (env: Config["env"], name: string): OauthClient | null => {
  const [clientId, clientSecret] = [env[`${name}_CLIENT_ID`], env[`${name}_CLIENT_SECRET`]];
  return clientId && clientSecret ? { clientId, clientSecret } : null;
};

const withoutSlash = (text: string): string => (text.endsWith("/") ? text.slice(0, -1) : text);

/** The longest name that fits on a button. */
const MAX_NAME = 40;

const oidcOf = (env: Config["env"]): OidcClient | null => {
  const client = clientOf(env, "OAUTH_OIDC");
  const issuer = env["OAUTH_OIDC_ISSUER"];
  if (client === null || !issuer) return null;
  return {
    ...client,
    discoveryUrl: `${withoutSlash(issuer)}/.well-known/openid-configuration`,
    name: env["OAUTH_OIDC_NAME"]?.trim().slice(0, MAX_NAME) || null,
    sendsSecretInBody: env["OAUTH_OIDC_SECRET_IN"] === "body",
    trustsEmail: env["OAUTH_OIDC_TRUST_EMAIL"] === "true",
  };
};

/** `OAUTH_GITHUB_…`, `OAUTH_GOOGLE_…` and `OAUTH_OIDC_…` with `CLIENT_ID` and `CLIENT_SECRET`; the last with `OAUTH_OIDC_ISSUER`. */
export const readOauth = (env: Config["env"]): OauthProviders => ({
  github: clientOf(env, "OAUTH_GITHUB"),
  google: clientOf(env, "OAUTH_GOOGLE"),
  oidc: oidcOf(env),
});

/** A way of signing in with somebody else's word. */
export interface OauthWay {
  readonly id: OauthId;
  /** As the button calls it. */
  readonly name: string;
}

/** Those that are on, in the order in which they are shown. */
export const oauthWays = (providers: OauthProviders): readonly OauthWay[] => {
  const names = { github: "GitHub", google: "Google", oidc: providers.oidc?.name ?? "single sign-on" } as const;
  return OAUTH_IDS.filter((id) => providers[id] !== null).map((id) => ({ id, name: names[id] }));
};

/** Other services whose word about a person is taken: switched on by their variables in the environment, as providers are. */
import type { Config } from "../../config.ts";

export interface OauthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface OauthProviders {
  readonly github: OauthClient | null;
  readonly google: OauthClient | null;
  /** Any OpenID Connect server, found by its issuer. */
  readonly oidc: (OauthClient & { readonly discoveryUrl: string }) | null;
}

const clientOf = (env: Config["env"], name: string): OauthClient | null => {
  const [clientId, clientSecret] = [env[`${name}_CLIENT_ID`], env[`${name}_CLIENT_SECRET`]];
  return clientId && clientSecret ? { clientId, clientSecret } : null;
};

const withoutSlash = (text: string): string => (text.endsWith("/") ? text.slice(0, -1) : text);

/** `OAUTH_GITHUB_…`, `OAUTH_GOOGLE_…` and `OAUTH_OIDC_…` with `CLIENT_ID` and `CLIENT_SECRET`; the last with `OAUTH_OIDC_ISSUER`. */
export const readOauth = (env: Config["env"]): OauthProviders => {
  const oidc = clientOf(env, "OAUTH_OIDC");
  const issuer = env["OAUTH_OIDC_ISSUER"];
  return {
    github: clientOf(env, "OAUTH_GITHUB"),
    google: clientOf(env, "OAUTH_GOOGLE"),
    oidc:
      oidc === null || !issuer
        ? null
        : { ...oidc, discoveryUrl: `${withoutSlash(issuer)}/.well-known/openid-configuration` },
  };
};

/** The ids of those that are on, in the order in which they are shown. */
export const oauthIds = (providers: OauthProviders): readonly string[] =>
  (["github", "google", "oidc"] as const).filter((id) => providers[id] !== null);

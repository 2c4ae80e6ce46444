/**
 * An OpenID Connect server on loopback: discovery, authorization, tokens with PKCE, user info, keys. It checks what it is asked as
 * strictly as the standard lets it, and misbehaves where a test says so.
 */
import { createHash, generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const CLIENT = { id: "farthing-at-tests", secret: "a secret with : and / in it" } as const;

/** Somebody as this server knows them. */
export interface Known {
  readonly sub: string;
  readonly email?: string;
  /** Not always a truth value, whatever the standard says. */
  readonly email_verified?: boolean | string;
  readonly name?: string;
}

export interface Manners {
  /** Who is at the browser. */
  known: Known;
  /** What authorization ends with instead of a code. */
  refusal: { readonly error: string; readonly error_description: string } | null;
  /** Claims over those that the id token should have. */
  claims: Readonly<Record<string, unknown>>;
  /** Signed by a key that nobody publishes. */
  isForged: boolean;
  /** Who somebody is stands in the id token, or only with user info. */
  claimsIn: "id_token" | "userinfo";
  /** How requests to everything but discovery are met. */
  state: "up" | "failing" | "silent";
  /** Whether its addresses can be learnt. */
  discovery: "up" | "failing" | "silent";
  secretIn: "header" | "body";
}

export interface Provider {
  readonly issuer: string;
  readonly manners: Manners;
  /** Tokens that were handed out: none of them may be kept by anybody. */
  readonly tokens: readonly string[];
  /** What a browser does at the page of authorization. @returns where it is sent back to */
  authorize(url: string): Promise<URL>;
  close(): Promise<void>;
}

interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly nonce: string | null;
  readonly known: Known;
}

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const jwt = (key: KeyObject, claims: object): string => {
  const signed = `${base64({ alg: "RS256", typ: "JWT", kid: "one" })}.${base64(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
};

const pair = () => generateKeyPairSync("rsa", { modulusLength: 2_048 });

const bodyOf = async (request: IncomingMessage): Promise<URLSearchParams> => {
  let text = "";
  for await (const piece of request) text += String(piece);
  return new URLSearchParams(text);
};

const json = (response: ServerResponse, status: number, value: object): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
};

/** As RFC 6749 (2.3.1) writes names and secrets. */
const formText = (text: string): string => new URLSearchParams(`_=${text}`).get("_") ?? "";

/** Whether a request to the token endpoint is from our client. */
const isClient = (request: IncomingMessage, body: URLSearchParams, secretIn: Manners["secretIn"]): boolean => {
  if (secretIn === "body") return body.get("client_id") === CLIENT.id && body.get("client_secret") === CLIENT.secret;
  const [kind, value = ""] = (request.headers.authorization ?? "").split(" ");
  const [id = "", secret = ""] = Buffer.from(value, "base64").toString().split(":").map(formText);
  return kind === "Basic" && id === CLIENT.id && secret === CLIENT.secret && !body.has("client_secret");
};

const usual = (): Manners => ({
  known: { sub: "0" },
  refusal: null,
  claims: {},
  isForged: false,
  claimsIn: "id_token",
  state: "up",
  discovery: "up",
  secretIn: "header",
});

export const startProvider = async (): Promise<Provider> => {
  const manners = usual();
  const [{ privateKey, publicKey }, { privateKey: foreign }] = [pair(), pair()];
  const grants = new Map<string, Grant>();
  const subjects = new Map<string, Known>();
  const tokens: string[] = [];
  let issuer = "";

  const authorize = (query: URLSearchParams): URL => {
    const need = (name: string): string => {
      const value = query.get(name);
      if (value === null || value === "") throw new Error(`the authorization lacks ${name}`);
      return value;
    };
    if (need("client_id") !== CLIENT.id || need("response_type") !== "code") throw new Error("not our client");
    if (need("code_challenge_method") !== "S256") throw new Error("no PKCE");
    if (!need("scope").split(" ").includes("openid")) throw new Error("no openid");
    const back = new URL(need("redirect_uri"));
    back.searchParams.set("state", need("state"));
    if (manners.refusal !== null) {
      for (const [name, value] of Object.entries(manners.refusal)) back.searchParams.set(name, value);
      return back;
    }
    const code = randomUUID();
    grants.set(code, {
      redirectUri: need("redirect_uri"),
      challenge: need("code_challenge"),
      nonce: query.get("nonce"),
      known: manners.known,
    });
    back.searchParams.set("code", code);
    return back;
  };

  const idTokenOf = ({ known, nonce }: Grant): string => {
    const at = Math.floor(Date.now() / 1_000);
    const who = manners.claimsIn === "id_token" ? known : { sub: known.sub };
    const claims = { iss: issuer, aud: CLIENT.id, iat: at, exp: at + 300, nonce, ...who, ...manners.claims };
    return jwt(manners.isForged ? foreign : privateKey, claims);
  };

  const exchange = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (!isClient(request, body, manners.secretIn)) {
      json(response, 401, { error: "invalid_client", error_description: "<b>who are you</b>" });
      return;
    }
    const code = body.get("code") ?? "";
    const grant = grants.get(code);
    // Once, whatever comes of it.
    grants.delete(code);
    const challenge = createHash("sha256")
      .update(body.get("code_verifier") ?? "")
      .digest("base64url");
    const isGood =
      body.get("grant_type") === "authorization_code" &&
      grant?.challenge === challenge &&
      grant.redirectUri === body.get("redirect_uri");
    if (!isGood) {
      json(response, 400, { error: "invalid_grant", error_description: "<b>used or wrong</b>" });
      return;
    }
    const [access, id] = [`access-${randomUUID()}`, idTokenOf(grant)];
    subjects.set(access, grant.known);
    tokens.push(access, id);
    json(response, 200, { access_token: access, token_type: "Bearer", expires_in: 300, id_token: id });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", issuer);
    const isDiscovery = pathname === "/.well-known/openid-configuration";
    const state = isDiscovery ? manners.discovery : manners.state;
    if (state === "silent") return;
    if (state === "failing") {
      json(response, 500, { error: "server_error", error_description: "<script>boom</script>" });
      return;
    }
    if (isDiscovery)
      json(response, 200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ["code"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    else if (pathname === "/authorize") response.writeHead(302, { location: authorize(searchParams).toString() }).end();
    else if (pathname === "/token") await exchange(request, response);
    else if (pathname === "/keys")
      json(response, 200, {
        keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" }],
      });
    else if (pathname === "/userinfo") {
      const known = subjects.get((request.headers.authorization ?? "").replace("Bearer ", ""));
      json(response, known === undefined ? 401 : 200, known ?? {});
    } else json(response, 404, {});
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    manners,
    tokens,
    authorize: async (url) => {
      const response = await fetch(url, { redirect: "manual" });
      const location = response.headers.get("location");
      if (location === null) throw new Error(`the provider did not take it: ${await response.text()}`);
      return new URL(location);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

/** The environment of a server that lets people come by it. */
export const providerEnv = ({ issuer }: Provider): Readonly<Record<string, string>> => ({
  OAUTH_OIDC_ISSUER: issuer,
  OAUTH_OIDC_CLIENT_ID: CLIENT.id,
  OAUTH_OIDC_CLIENT_SECRET: CLIENT.secret,
  OAUTH_OIDC_NAME: "Acme ID",
});

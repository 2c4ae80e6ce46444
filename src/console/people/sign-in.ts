/**
 * The sign-in library (better-auth), set up: passwords, second factors, passkeys and other services, on our tables. What people reach
 * of it is decided by entrance.ts; registration, sessions and roles are ours (docs/decisions/0045).
 */
import { isIP } from "node:net";

import { passkey } from "@better-auth/passkey";
import { betterAuth } from "better-auth/minimal";
import type { BetterAuthOptions } from "better-auth";
import type { DBAdapterInstance } from "better-auth/adapters";
import { APIError } from "better-auth/api";
import { twoFactor } from "better-auth/plugins";

import { cookiePrefix, newToken } from "./cookies.ts";
import type { OauthId, OauthProviders } from "./oauth.ts";
import { inTime, OIDC, oidcPlugin, whenFound } from "./oidc.ts";
import { MAX_PASSWORD_BYTES, MIN_PASSWORD } from "./password.ts";
import { HashingBusy, type PasswordHasher } from "./password-hash.ts";
import { hashRecoveryList, newRecoveryCodes } from "./recovery.ts";
import { LONGEST_SESSION_MS } from "./session.ts";

/** Where the library believes to be mounted, and where its links and callbacks therefore are. */
export const AUTH_PATH = "/console/auth";
/** The header in which it is told who is at the other end. */
export const LIBRARY_PEER_HEADER = "x-farthing-peer";

const SECOND_MS = 1_000;
/** How long links of mails are valid, in seconds. */
export const LINK_SECONDS = 3_600;
/** How long the second step of a sign-in may take, in seconds. */
const STEP_SECONDS = 600;

/** A person as the library hands them to us. */
export interface LibraryPerson {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly emailVerified: boolean;
}

export type Admission =
  | { readonly username: string; readonly name: string }
  | { readonly refusal: "REGISTRATION_CLOSED" | "ADDRESS_UNCONFIRMED" };

/** What the library asks of us. */
export interface SignInHooks {
  /** A link that proves that somebody reads the address. */
  sendVerification(person: LibraryPerson, token: string): Promise<void>;
  sendReset(person: LibraryPerson, token: string): Promise<void>;
  verified(person: LibraryPerson): Promise<void>;
  passwordReset(person: LibraryPerson): Promise<void>;
  /** True when somebody may begin a session. */
  mayBegin(personId: string): Promise<boolean>;
  /** Somebody new by another service's word: as whom they are let in, or why not. */
  admit(person: LibraryPerson): Promise<Admission>;
  /** Another service's word opens the person's account from now on. */
  linked(personId: string, provider: string): Promise<void>;
  /** They are in: makes what belongs to them. */
  arrived(person: LibraryPerson): Promise<void>;
  /** The library failed in a way that it should not. */
  failed(error: unknown): void;
}

export interface SignInOptions {
  readonly store: DBAdapterInstance;
  readonly secret: string;
  /** Without a trailing slash. */
  readonly publicUrl: string;
  readonly isProduction: boolean;
  /** What authenticators and code apps call us. */
  readonly serviceName: string;
  /** Sign-in waits until the address is proved. */
  readonly isMailOn: boolean;
  readonly hasher: PasswordHasher;
  readonly oauth: OauthProviders;
  readonly hashToken: (token: string) => string;
  readonly hooks: SignInHooks;
}

/** The library, as far as entrance.ts needs it. */
export interface SignIn {
  /** @param service the other service that the request is about; null for none */
  handler(request: Request, service: OauthId | null): Promise<Response>;
}

/** Authenticators bind a passkey to a name of a host; addresses are none. */
const relyingParty = (publicUrl: string): string => {
  const host = URL.parse(publicUrl)?.hostname ?? "localhost";
  return isIP(host.replace("[", "").replace("]", "")) === 0 ? host : "localhost";
};

const personOf = (user: Record<string, unknown>): LibraryPerson => ({
  id: String(user["id"]),
  email: String(user["email"]),
  name: String(user["name"]),
  emailVerified: user["emailVerified"] === true,
});

const TABLES = {
  user: {
    modelName: "person",
    fields: { emailVerified: "email_verified", createdAt: "created_at", updatedAt: "updated_at" },
    additionalFields: { username: { type: "string", required: false, input: false } },
  },
  session: {
    modelName: "person_session",
    fields: {
      userId: "person_id",
      token: "token_hash",
      createdAt: "created_at",
      updatedAt: "updated_at",
      expiresAt: "expires_at",
      ipAddress: "ip",
      userAgent: "user_agent",
    },
    expiresIn: LONGEST_SESSION_MS / SECOND_MS,
    disableSessionRefresh: true,
    // Ours is the stricter test: entrance.ts asks for a fresh proof.
    freshAge: 0,
  },
  account: {
    modelName: "person_login",
    fields: {
      userId: "person_id",
      providerId: "provider",
      accountId: "provider_account",
      createdAt: "created_at",
      updatedAt: "updated_at",
    },
    // Another service's word opens an account only if both sides have proved the address.
    accountLinking: { enabled: true, requireLocalEmailVerified: true, allowDifferentEmails: false },
    updateAccountOnSignIn: false,
  },
  verification: {
    modelName: "person_proof",
    fields: { expiresAt: "expires_at", createdAt: "created_at", updatedAt: "updated_at" },
  },
} as const satisfies Partial<BetterAuthOptions>;

const pluginsOf = ({ publicUrl, isProduction, serviceName }: SignInOptions) => [
  twoFactor({
    issuer: serviceName,
    allowPasswordless: true,
    twoFactorCookieMaxAge: STEP_SECONDS,
    backupCodeOptions: {
      customBackupCodesGenerate: newRecoveryCodes,
      storeBackupCodes: { encrypt: async (json) => hashRecoveryList(json), decrypt: async (json) => json },
    },
    schema: {
      user: { fields: { twoFactorEnabled: "two_factor" } },
      twoFactor: {
        modelName: "person_second_factor",
        fields: {
          userId: "person_id",
          backupCodes: "recovery_codes",
          failedVerificationCount: "failures",
          lockedUntil: "locked_until",
        },
      },
    },
  }),
  passkey({
    rpID: relyingParty(publicUrl),
    rpName: serviceName,
    // In production the one address; else whatever our own page was reached by (the entrance has checked it).
    origin: isProduction ? (URL.parse(publicUrl)?.origin ?? null) : null,
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    registration: {
      afterVerification: ({ verification }) => {
        if (verification.registrationInfo?.userVerified !== true) throw new APIError("BAD_REQUEST");
      },
    },
    authentication: {
      afterVerification: ({ verification }) => {
        // A passkey stands for two factors: having it, and a finger, a face or a PIN.
        if (!verification.authenticationInfo.userVerified) throw new APIError("UNAUTHORIZED");
      },
    },
    schema: {
      passkey: {
        modelName: "person_passkey",
        fields: {
          userId: "person_id",
          credentialID: "credential_id",
          publicKey: "public_key",
          deviceType: "device_type",
          backedUp: "backed_up",
          createdAt: "created_at",
        },
      },
    },
  }),
];

/** Too many at once is no failure of anybody's: told in a way that the library hands on. */
const orBusy = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof HashingBusy)
      throw new APIError("SERVICE_UNAVAILABLE", { code: "HASHING_BUSY", message: "busy" });
    throw error;
  }
};

const hooksOf = ({ hooks }: SignInOptions): BetterAuthOptions["databaseHooks"] => ({
  user: {
    create: {
      before: async (user) => {
        const admission = await hooks.admit(personOf(user));
        if ("refusal" in admission) throw new APIError("FORBIDDEN", { code: admission.refusal, message: "refused" });
        // Pictures are other people's addresses: pages of ours load none.
        return { data: { ...user, ...admission, image: null } };
      },
      after: async (user) => {
        await hooks.arrived(personOf(user));
      },
    },
  },
  account: {
    create: {
      after: async ({ userId, providerId }) => {
        if (providerId !== "credential") await hooks.linked(userId, providerId);
      },
    },
  },
  session: {
    create: {
      before: async (session) => {
        if (!(await hooks.mayBegin(session.userId)))
          throw new APIError("FORBIDDEN", { code: "PERSON_DISABLED", message: "disabled" });
        return { data: { ...session, token: newToken() } };
      },
    },
  },
});

/** What a request about another service is answered with that does not answer. */
const away = (): Response => new Response(JSON.stringify({ code: "SERVICE_AWAY" }), { status: 503 });

/** @throws what the library throws for options that it does not understand */
export const createSignIn = (options: SignInOptions): SignIn => {
  const { oidc } = options.oauth;
  const library = createLibrary(options, pluginsOf(options));
  const withOidc =
    oidc === null ? null : whenFound(() => createLibrary(options, [...pluginsOf(options), oidcPlugin(oidc)]));
  return {
    handler: async (request, service) => {
      if (service === null) return await library.handler(request);
      const asked = service === OIDC && withOidc !== null ? await withOidc() : library;
      return (asked === null ? null : await inTime(asked.handler(request))) ?? away();
    },
  };
};

const createLibrary = (options: SignInOptions, plugins: BetterAuthOptions["plugins"] & object) => {
  const { store, secret, publicUrl, serviceName, isMailOn, hasher, oauth, hooks } = options;
  const isSecure = publicUrl.startsWith("https:");
  const { github, google } = oauth;
  return betterAuth({
    appName: serviceName,
    baseURL: publicUrl,
    basePath: AUTH_PATH,
    secret,
    database: store,
    ...TABLES,
    verification: {
      ...TABLES.verification,
      storeIdentifier: { hash: async (identifier) => options.hashToken(identifier) },
    },
    emailAndPassword: {
      enabled: true,
      // registration.ts does it, in one transaction with what belongs to it.
      disableSignUp: true,
      requireEmailVerification: isMailOn,
      minPasswordLength: MIN_PASSWORD,
      maxPasswordLength: MAX_PASSWORD_BYTES,
      password: {
        hash: (password) => orBusy(hasher.hash(password)),
        verify: ({ hash, password }) => orBusy(hasher.verify(hash, password)),
      },
      resetPasswordTokenExpiresIn: LINK_SECONDS,
      revokeSessionsOnPasswordReset: true,
      sendResetPassword: ({ user, token }) => hooks.sendReset(personOf(user), token),
      onPasswordReset: ({ user }) => hooks.passwordReset(personOf(user)),
    },
    emailVerification: {
      expiresIn: LINK_SECONDS,
      autoSignInAfterVerification: false,
      sendVerificationEmail: ({ user, token }) => hooks.sendVerification(personOf(user), token),
      afterEmailVerification: (user) => hooks.verified(personOf(user)),
    },
    socialProviders: {
      ...(github === null ? {} : { github }),
      ...(google === null ? {} : { google }),
    },
    plugins,
    databaseHooks: hooksOf(options),
    // Ours hold for all processes, and for more than these routes (pace.ts, same-site.ts).
    rateLimit: { enabled: false },
    advanced: {
      cookiePrefix: cookiePrefix(isSecure),
      // The prefix says `__Host-` already.
      useSecureCookies: false,
      defaultCookieAttributes: { secure: isSecure, httpOnly: true, sameSite: "lax", path: "/" },
      disableCSRFCheck: true,
      disableOriginCheck: false,
      ipAddress: { ipAddressHeaders: [LIBRARY_PEER_HEADER], ipv6Subnet: 128 },
      database: { validateSchema: false },
    },
    // Its lines name addresses of people.
    logger: { disabled: true },
    telemetry: { enabled: false },
    onAPIError: {
      onError: (error) => {
        hooks.failed(error);
      },
    },
  });
};

/** The entrance: what lies below /console/auth, as functions. Errors are the API's. */
import { ApiError } from "./client.ts";

interface ErrorBody {
  readonly error?: { readonly code?: string; readonly message?: string; readonly fields?: Record<string, string> };
}

const send = async <T>(path: string, body: object = {}): Promise<T> => {
  let response: Response;
  try {
    response = await fetch(`/console/auth${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, "offline", "The server cannot be reached. Check your connection and try again.");
  }
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer as T;
  const { code = "unknown", message, fields } = (answer as ErrorBody).error ?? {};
  throw new ApiError(response.status, code, message ?? "The server did not answer as it should. Try again.", fields);
};

/** What comes next: `second-step` asks for a code, `verify` for the link of a mail. */
export interface Next {
  readonly next: "done" | "second-step" | "verify" | "sign-in" | "mail";
}

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface Invitation {
  readonly email: string;
  readonly role: "owner" | "member" | "operator" | "support" | "auditor" | "customer";
  readonly account: string | null;
  readonly invitedBy: string;
  readonly expiresAt: number;
  /** The address has an account here: they sign in instead of registering. */
  readonly isKnown: boolean;
}

type CreationOptions = Parameters<typeof PublicKeyCredential.parseCreationOptionsFromJSON>[0];
type RequestOptions = Parameters<typeof PublicKeyCredential.parseRequestOptionsFromJSON>[0];

/** What the browser's own dialog ended with, in our words. */
const refused = (error: unknown): ApiError => {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "InvalidStateError") return new ApiError(0, "passkey", "This device has a passkey here already.");
  if (name === "SecurityError")
    return new ApiError(
      0,
      "passkey",
      "Passkeys do not work at this address. Open the console by its name, not by a number.",
    );
  return new ApiError(0, "passkey", "No passkey was chosen. Try again, or use your password.");
};

export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential === "function" && typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function";

/** A passkey's answer to a fresh challenge. @throws ApiError */
export const passkeyProof = async (): Promise<Record<string, unknown>> => {
  const { options } = await send<{ options: RequestOptions }>("/passkey/challenge");
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey });
    if (!(credential instanceof PublicKeyCredential)) throw new DOMException("", "NotAllowedError");
    return { ...credential.toJSON() };
  } catch (error) {
    throw refused(error);
  }
};

const newPasskey = async (): Promise<Record<string, unknown>> => {
  const { options } = await send<{ options: CreationOptions }>("/passkey/options");
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    if (!(credential instanceof PublicKeyCredential)) throw new DOMException("", "NotAllowedError");
    return { ...credential.toJSON() };
  } catch (error) {
    throw refused(error);
  }
};

export const auth = {
  signIn: (email: string, password: string) => send<Next>("/sign-in", { email, password }),
  code: (code: string) => send<Next>("/sign-in/code", { code }),
  recovery: (code: string) => send<Next>("/sign-in/recovery", { code }),
  passkey: async () => await send<Next>("/sign-in/passkey", { response: await passkeyProof() }),
  service: (provider: string) => send<{ readonly url: string }>("/sign-in/service", { provider }),
  signUp: (person: NewPerson, invitation?: string) =>
    send<Next>("/sign-up", { ...person, ...(invitation === undefined ? {} : { invitation }) }),
  claim: (person: NewPerson, code: string) => send<Next>("/claim", { ...person, code }),
  invitation: (token: string) => send<Invitation>("/invitation", { token }),
  verify: (token: string) => send<Next>("/verify", { token }),
  verifyAgain: (email: string) => send<Next>("/verify/send", { email }),
  forgot: (email: string) => send<Next>("/forgot", { email }),
  reset: (token: string, newPassword: string) => send<Next>("/reset", { token, newPassword }),
  changePassword: (currentPassword: string, newPassword: string) =>
    send<Next>("/password", { currentPassword, newPassword }),
  changeEmail: (email: string) => send<Next>("/email", { email }),
  confirmEmail: (token: string) => send<Next>("/email/confirm", { token }),
  setUpCodes: (password: string | undefined) =>
    send<{ readonly uri: string; readonly recoveryCodes: readonly string[] }>(
      "/codes",
      password === undefined ? {} : { password },
    ),
  confirmCodes: (code: string) => send<Next>("/codes/confirm", { code }),
  removeCodes: () => send<Next>("/codes/remove"),
  newRecoveryCodes: () => send<{ readonly recoveryCodes: readonly string[] }>("/codes/recovery"),
  addPasskey: async (name: string) => await send<Next>("/passkey/add", { name, response: await newPasskey() }),
} as const;

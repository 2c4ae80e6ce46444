/** What is said at signing in. */
export const words = {
  title: "Sign in",
  email: "Email",
  password: "Password",
  verb: "Sign in",
  passkey: "Sign in with a passkey",
  or: "or",
  service: (name: string) => `Continue with ${name}`,
  forgot: "Forgot password",
  signUp: "Create an account",
  stepTitle: "Your second step",
  stepDescription: "Type the six digits that your authenticator app shows now.",
  code: "Code",
  stepVerb: "Continue",
  byRecovery: "Use a recovery code instead",
  recoveryDescription: "Type one of the recovery codes that you kept. Each works once.",
  recovery: "Recovery code",
  byApp: "Use the app instead",
  again: "Begin again",
  sendAgain: "Send the confirmation mail again",
  sentAgain: "If the address waits for it, a new mail is on its way.",
  serviceRefused: "This way does not sign you in here. Use your password or a passkey.",
} as const;

/** What other services are called. */
export const SERVICES: Readonly<Record<string, string>> = {
  github: "GitHub",
  google: "Google",
  oidc: "single sign-on",
};

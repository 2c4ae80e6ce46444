/** What is said at confirming an address. */
export const words = {
  title: "Confirm your address",
  description: "One press, and your account is ready.",
  verb: "Confirm",
  doneTitle: "Your address is confirmed",
  done: "Sign in to see your balance and make your first key.",
  signIn: "Sign in",
  missingTitle: "This link is not whole",
  missing: "Open it once more from the mail. On the sign-in page you can ask for another one.",
} as const;

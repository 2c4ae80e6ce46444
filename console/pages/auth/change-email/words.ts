/** What is said at confirming a new address. */
export const words = {
  title: "Confirm your new address",
  description: (email: string) => `It takes the place of ${email}. Every other session ends.`,
  verb: "Confirm",
  doneTitle: "Your address is changed",
  done: "Sign in with the new one from now on.",
  profile: "Go to your profile",
  missingTitle: "This link is not whole",
  missing: "Open it once more from the mail. On your profile page you can ask for another one.",
} as const;

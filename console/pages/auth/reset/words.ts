/** What is said at choosing a new password. */
export const words = {
  title: "Choose a new password",
  description: "All your sessions end with it.",
  password: "New password",
  hint: "At least 12 characters. A few words in a row are easy to remember.",
  verb: "Save the password",
  doneTitle: "Your password is changed",
  done: "Sign in with it. If you use codes of an app, they are still asked for.",
  signIn: "Sign in",
  missingTitle: "This link is not whole",
  missing: "Open it once more from the mail, or ask for another one.",
  again: "Ask for another link",
} as const;

/** What is said at the door for forgotten passwords. */
export const words = {
  title: "Forgot your password?",
  description: "We send a link to choose a new one. It is valid for one hour.",
  email: "Email",
  verb: "Send the link",
  sentTitle: "Look into your mail",
  sent: (email: string) => `If ${email} has an account here, a mail with a link is on its way.`,
  logged: "This installation sends no mail: the operator finds the link in the log.",
  signIn: "Back to sign-in",
} as const;

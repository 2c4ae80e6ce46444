/** What is said at registering. */
export const words = {
  title: "Create your account",
  description: (name: string) => `One key and one balance for every model at ${name}.`,
  credit: (amount: string) => `You start with ${amount} of credit.`,
  verb: "Create account",
  signIn: "Sign in instead",
  closedTitle: "Registration is by invitation",
  closed:
    "Nobody can register here by themselves. Ask the operator for an invitation; its link opens this page for you.",
  mailTitle: "Look into your mail",
  mail: (email: string) =>
    `If ${email} is new here, a mail with a link is on its way. Follow it within an hour, then sign in.`,
  again: "Send it again",
  sent: "Sent, if the address waits for it.",
} as const;

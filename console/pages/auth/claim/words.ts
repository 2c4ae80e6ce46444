/** What is said at the door of the first operator. */
export const words = {
  title: "Claim this installation",
  description: "The first start printed a one-time admin code. Whoever types it becomes the operator.",
  code: "Admin code",
  codeHint: "Valid for one hour. Another one: npm run -s farthing -- admin-code",
  verb: "Become the operator",
  signIn: "Sign in instead",
} as const;

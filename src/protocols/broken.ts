/** Makers of the fault that a provider's unusable reply becomes. The reason is for the log; nothing of it is shown. */
import { errors } from "../errors.ts";
import { UpstreamBroken, type UpstreamFault } from "./protocol.ts";

/** The fault of a reply that breaks its protocol. Another provider may do better, at the cost of asking twice. */
export const brokenFault = (why: string): UpstreamFault => ({
  error: errors.upstreamFailed(new Error(why)),
  retry: "uncertain",
});

export const brokenReply = (why: string): UpstreamBroken => new UpstreamBroken(brokenFault(why), why);

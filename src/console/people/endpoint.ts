/** One address below `/console/auth`: what it takes, and what it does. All of them are POST; entrance.ts lists them. */
import type { z } from "zod";

import { problems } from "../errors.ts";
import { STEP_UP_MS } from "../access.ts";
import type { Ground, Reply, Visit } from "./ground.ts";
import type { SignedIn } from "./session-store.ts";

export interface Endpoint {
  readonly path: string;
  /** A strict object. */
  readonly body: z.ZodType;
  readonly run: (ground: Ground, visit: Visit, input: unknown) => Promise<Reply>;
}

interface Order<B extends z.ZodType> {
  readonly path: string;
  readonly body: B;
  readonly run: (ground: Ground, visit: Visit, input: z.output<B>) => Promise<Reply>;
}

export const endpoint = <B extends z.ZodType>({ path, body, run }: Order<B>): Endpoint => ({
  path,
  body,
  // entrance.ts runs it with what this very schema let through.
  run: run as Endpoint["run"],
});

/** @throws ConsoleError sign_in_required */
export const requireSignedIn = ({ signedIn }: Visit): SignedIn => {
  if (signedIn === null) throw problems.signIn();
  return signedIn;
};

/** Somebody who proved a moment ago who they are. @throws ConsoleError sign_in_required, step_up_required */
export const requireFresh = (visit: Visit): SignedIn => {
  const signedIn = requireSignedIn(visit);
  const age = visit.now - signedIn.session.provedAt;
  if (age < 0 || age > STEP_UP_MS) throw problems.stepUp();
  return signedIn;
};

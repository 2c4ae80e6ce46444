/**
 * Changing one's address. It moves only when whoever asked, signed in, follows a link that went to the new one: the link alone is not
 * enough, so that nobody can hang their account on somebody else's mailbox by having them press it. Whether an address is somebody's
 * already is told to that somebody alone.
 */
import { z } from "zod";

import { problems } from "../errors.ts";
import { writeSessionCookie } from "./cookies.ts";
import { takeEmail, wishEmail } from "./email-store.ts";
import { endpoint, requireFresh, requireSignedIn, type Endpoint } from "./endpoint.ts";
import { typedEmail } from "./enter.ts";
import { tell, type Ground, type Reply, type Visit } from "./ground.ts";
import { giveBack, takeTries } from "./guessing.ts";
import { letter } from "./letters.ts";
import { cleanEmail } from "./person.ts";
import { findPersonByEmail } from "./person-store.ts";
import { renewSession } from "./session-store.ts";
import { LINK_SECONDS } from "./sign-in.ts";

const LINK_MS = LINK_SECONDS * 1_000;

const wish = async (ground: Ground, visit: Visit, typed: { readonly email: string }): Promise<Reply> => {
  const { person } = requireFresh(visit);
  const { mail, database } = ground;
  if (!mail.isOn && ground.isProduction)
    throw problems.conflict("No mail is sent from here, so a new address cannot be confirmed. Ask the operator.");
  const email = cleanEmail(typed.email);
  if (email === null) throw problems.invalid({ email: "is not an address" });
  if (email === person.email) throw problems.invalid({ email: "is your address already" });
  await takeTries(ground, [
    { pace: "mail:person", about: person.id },
    { pace: "mail:peer", about: visit.peer },
    { pace: "mail:address", about: email },
  ]);
  const token = await wishEmail(database, { personId: person.id, email, now: visit.now, until: visit.now + LINK_MS });
  // From here on everything looks the same to who asks.
  const isTaken = (await findPersonByEmail(database.kysely, email)) !== null;
  const house = ground.house();
  await tell(ground, isTaken ? letter(house, email, ["email-taken"]) : letter(house, email, ["email-confirm", token]));
  await tell(ground, letter(house, person.email, ["email-wished", email]));
  return { body: { next: "mail" } };
};

const confirm = async (ground: Ground, visit: Visit, { token }: { readonly token: string }): Promise<Reply> => {
  const { session, person } = requireSignedIn(visit);
  const { database, secret, isSecure } = ground;
  const counted = [{ pace: "sign-in:peer", about: visit.peer }] as const;
  await takeTries(ground, counted);
  const taken = await takeEmail(database, { personId: person.id, token, sessionId: session.id, now: visit.now });
  if (taken === null)
    throw problems.wrongProof(
      "This link is not valid any more, or was not asked for by you. Ask for another on your profile page.",
    );
  await giveBack(ground, counted);
  const renewed = await renewSession(database, session.id, ground.now());
  await tell(ground, letter(ground.house(), taken.before, ["email-changed", taken.after]));
  return {
    body: { next: "done" },
    cookies: renewed === null ? [] : [writeSessionCookie(renewed, secret, isSecure)],
  };
};

export const emailEndpoints: readonly Endpoint[] = [
  endpoint({ path: "/email", body: z.strictObject({ email: typedEmail }), run: wish }),
  endpoint({ path: "/email/confirm", body: z.strictObject({ token: z.string().min(16).max(128) }), run: confirm }),
];

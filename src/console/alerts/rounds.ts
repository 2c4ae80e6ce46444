/**
 * Looks at what accounts have come to, and tells of it. One server at a time has the round; any of them makes deliveries. Whatever one
 * that dies leaves behind, another takes up.
 */
import { newPublicId } from "../../id.ts";
import type { PublicStreams } from "../../providers/public-stream.ts";
import { listMembers, ownersOf } from "../people/membership-store.ts";
import type { ConsoleServices } from "../services.ts";
import { alarmsOf, TITLES, type Alarm, type AlertEvent, type AlertFacts } from "./alert.ts";
import {
  addMessage,
  claimDue,
  endTry,
  enterState,
  hasDue,
  leaveState,
  statesOf,
  takeRound,
  type Claimed,
  type Message,
  type Outcome,
} from "./delivery-store.ts";
import { readFacts, rulesAfter, type StoredRule } from "./rule-store.ts";
import { countFailure, countSuccess, findWebhook } from "./webhook-store.ts";
import { EVENT_HEADER, MAX_FAILURES, POST_MS, RETRIES_MS, SIGNATURE_HEADER, signatureOf } from "./webhook.ts";

/** Between two looks at all accounts, and between two looks for deliveries, in milliseconds. */
export const ROUND_MS = 30_000;
const LOOK_MS = 1_000;
/** Rules that are read at a time. */
const PAGE = 200;
/** Deliveries that are made at a time, and how long one of them is left alone by others, in milliseconds. */
const BATCH = 16;
const CLAIM_MS = 60_000;

export interface AlertServices extends Pick<
  ConsoleServices,
  "database" | "mail" | "config" | "engine" | "log" | "installation" | "now"
> {
  readonly streams: Pick<PublicStreams, "post">;
}

/** Where a webhook's secret is sealed to. */
export const secretPlace = (accountId: number): readonly string[] => ["alert_webhook", String(accountId), "secret"];

/** The letter about an alarm. */
const letterOf = (services: AlertServices, { rule, accountPublicId }: StoredRule, { text }: Alarm) => ({
  subject: `${TITLES[rule.kind]} · ${services.installation().storefront.name}`,
  text: `${text}\n\nLook at it: ${services.config.publicUrl}/app/${accountPublicId}/${rule.kind === "key_budget" ? "keys" : "billing"}\nChange what you are told of: ${services.config.publicUrl}/app/${accountPublicId}/alerts\n`,
});

const messagesOf = async (services: AlertServices, stored: StoredRule, alarm: Alarm): Promise<readonly Message[]> => {
  const { accountId, rule, people, webhook } = stored;
  const event = `alert.${rule.kind}` as const;
  const body: AlertEvent = {
    id: newPublicId("evt_"),
    type: event,
    createdAt: new Date(services.now()).toISOString(),
    account: stored.accountPublicId,
    message: alarm.text,
    data: alarm.data,
  };
  const letter = JSON.stringify(letterOf(services, stored, alarm));
  const members = people.length === 0 ? [] : await listMembers(services.database.kysely, accountId);
  // Who has left the account is told nothing of it any more.
  const mails = members
    .filter(({ personId }) => people.includes(personId))
    .map(({ email }): Message => ({ accountId, event, channel: "mail", target: email, body: letter }));
  const hook: Message = { accountId, event, channel: "webhook", target: null, body: JSON.stringify(body) };
  return webhook ? [...mails, hook] : mails;
};

/** One rule: tells of what it has entered, arms it for what it has left. */
const judge = async (services: AlertServices, stored: StoredRule, facts: AlertFacts): Promise<void> => {
  const { database } = services;
  const alarms = alarmsOf(stored.rule, facts);
  const states = stored.firedAt === null ? [] : await statesOf(database.kysely, stored.id);
  for (const subject of states)
    if (!alarms.some((alarm) => alarm.subject === subject)) await leaveState(database, stored.id, subject);
  for (const alarm of alarms) {
    if (states.includes(alarm.subject)) continue;
    const messages = await messagesOf(services, stored, alarm);
    await enterState(database, { ruleId: stored.id, subject: alarm.subject, messages }, services.now());
  }
};

/** Looks at every rule once, if nobody else does. @returns false when somebody does */
export const lookAtAll = async (services: AlertServices): Promise<boolean> => {
  const { database } = services;
  const now = services.now();
  if (!(await takeRound(database, now, now + ROUND_MS - LOOK_MS))) return false;
  const facts = new Map<number, AlertFacts>();
  for (let after = 0; ;) {
    const rules = await rulesAfter(database.kysely, after, PAGE);
    for (const stored of rules) {
      const known = facts.get(stored.accountId) ?? (await readFacts(database.kysely, stored.accountId, now));
      facts.set(stored.accountId, known);
      await judge(services, stored, known);
    }
    const last = rules.at(-1);
    if (last === undefined) return true;
    after = last.id;
    facts.clear();
  }
};

/** @returns the status of the answer; null when there was none, or there is no webhook to post to */
const post = async (services: AlertServices, { accountId, body, publicId }: Claimed): Promise<number | null> => {
  const webhook = await findWebhook(services.database.kysely, accountId);
  if (webhook === undefined || webhook.disabledAt !== null) return null;
  const secret = services.engine.box.open("webhook", secretPlace(accountId), webhook.secret);
  const headers = { [SIGNATURE_HEADER]: signatureOf(secret, body, services.now()), [EVENT_HEADER]: publicId };
  try {
    return await services.streams.post(webhook.url, body, headers, AbortSignal.timeout(POST_MS));
  } catch {
    // Why it cannot be reached is the operator's network's business, and not told.
    return null;
  }
};

const isGood = (status: number | null): boolean => status !== null && status >= 200 && status < 300;

/** The webhook was switched off: its owners have to know. */
const tellOff = async (services: AlertServices, accountId: number): Promise<void> => {
  const letter = {
    subject: `Your webhook was switched off · ${services.installation().storefront.name}`,
    text: `${MAX_FAILURES} deliveries in a row could not be made, so nothing is posted to it any more. Correct its address and switch it on again under Alerts: ${services.config.publicUrl}/app\n`,
  };
  for (const target of await ownersOf(services.database.kysely, accountId)) {
    const message = { accountId, event: "webhook.disabled", channel: "mail", target } as const;
    await addMessage(services.database, { ...message, body: JSON.stringify(letter) }, services.now());
  }
};

const hook = async (services: AlertServices, delivery: Claimed): Promise<Outcome> => {
  const { database } = services;
  const status = await post(services, delivery);
  if (isGood(status)) {
    await countSuccess(database, delivery.accountId);
    return { state: "delivered", status, dueAt: null };
  }
  // A test is tried once: somebody is waiting to see how it goes.
  const pauseMs = delivery.event === "test" ? undefined : RETRIES_MS[delivery.tries - 1];
  if (pauseMs !== undefined) return { state: "waiting", status, dueAt: services.now() + pauseMs };
  if (delivery.event !== "test" && (await countFailure(database, delivery.accountId, services.now())))
    await tellOff(services, delivery.accountId);
  return { state: "failed", status, dueAt: null };
};

const mail = async ({ mail: mailer }: AlertServices, { target, body }: Claimed): Promise<Outcome> => {
  const letter = JSON.parse(body) as { readonly subject: string; readonly text: string };
  await mailer.send({ to: target ?? "", ...letter });
  return { state: "delivered", status: null, dueAt: null };
};

/** Makes what is due. @returns how many deliveries were tried */
export const deliverDue = async (services: AlertServices): Promise<number> => {
  const { database } = services;
  const now = services.now();
  if (!(await hasDue(database.kysely, now))) return 0;
  const due = await claimDue(database, { now, until: now + CLAIM_MS, limit: BATCH });
  await Promise.all(
    due.map(async (delivery) => {
      const outcome = await (delivery.channel === "mail" ? mail(services, delivery) : hook(services, delivery));
      await endTry(database, delivery.id, outcome, services.now());
    }),
  );
  return due.length;
};

/** Begins to look and to deliver. @returns what ends it, and waits for what is under way */
export const startAlerts = (services: AlertServices): (() => Promise<void>) => {
  let running: Promise<void> | null = null;
  const look = async (): Promise<void> => {
    try {
      await lookAtAll(services);
      while ((await deliverDue(services)) > 0);
    } catch (error) {
      services.log.fault(error, { requestId: "", route: "alerts" });
    }
  };
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = null;
    });
  }, LOOK_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
};

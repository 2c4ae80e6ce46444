/** People for tests: somebody signed in with a real session and its real cookie, in a few milliseconds; and a browser without a screen. */
import { randomBytes } from "node:crypto";

import { addAccount } from "../../accounts/store.ts";
import type { Database } from "../../db/connect.ts";
import { newPublicId } from "../../id.ts";
import { makeSecretBox } from "../../secret.ts";
import type { AccountRole, InstallationRole } from "../viewer.ts";
import { newToken, writeSessionCookie } from "./cookies.ts";
import { addMember } from "./membership-store.ts";
import { PERSON_PREFIX } from "./person.ts";
import { LONGEST_SESSION_MS } from "./session.ts";
import { hashToken } from "./sign-in-store.ts";

/** Somebody signed in. */
export interface SomebodyIn {
  readonly personId: string;
  readonly email: string;
  /** The value of a `cookie` header. */
  readonly cookie: string;
}

export interface CustomerIn extends SomebodyIn {
  readonly accountId: number;
  readonly accountPublicId: string;
}

interface Order {
  readonly role?: InstallationRole | null;
  readonly email?: string;
  /** The server's master secret; only then the sign-in library takes the cookie too. */
  readonly master?: string;
  /** How long ago they signed in, in milliseconds. */
  readonly agoMs?: number;
}

/** A person with a session. Signed in a moment ago, so that what asks for a fresh proof is open. */
export const signedIn = async (database: Database, order: Order = {}): Promise<SomebodyIn> => {
  const personId = newPublicId(PERSON_PREFIX);
  const email = order.email ?? `${personId.slice(-12)}@example.test`;
  const at = Date.now() - (order.agoMs ?? 0);
  const token = newToken();
  await database.transaction(async (queries) => {
    await queries
      .insertInto("person")
      .values({
        id: personId,
        email,
        email_verified: 1,
        name: "Test Person",
        username: `test-${personId.slice(-12)}`,
        role: order.role ?? null,
        created_at: at,
        updated_at: at,
      })
      .execute();
    await queries
      .insertInto("person_session")
      .values({
        id: newPublicId("ses_"),
        person_id: personId,
        token_hash: hashToken(token),
        created_at: at,
        expires_at: at + LONGEST_SESSION_MS,
        updated_at: at,
        seen_at: at,
        proved_at: at,
      })
      .execute();
  });
  const secret = makeSecretBox(order.master ?? randomBytes(32).toString("hex")).fingerprint(
    ["people", "sign-in"],
    "v1",
  );
  const [cookie = ""] = writeSessionCookie(token, secret, false).split(";", 1);
  return { personId, email, cookie };
};

/** Makes somebody part of an account. */
export const join = (
  database: Database,
  order: { readonly accountId: number; readonly personId: string; readonly role: AccountRole },
): Promise<void> => database.transaction((queries) => addMember(queries, { ...order, actor: "test" }));

/** A customer who owns an account of their own. */
export const customerIn = async (database: Database, order: Omit<Order, "role"> = {}): Promise<CustomerIn> => {
  const somebody = await signedIn(database, order);
  const account = await database.transaction((queries) =>
    addAccount(queries, { name: "Test", planId: null, actor: "test" }),
  );
  await join(database, { accountId: account.id, personId: somebody.personId, role: "owner" });
  return { ...somebody, accountId: account.id, accountPublicId: account.publicId };
};

/** A browser without a screen: keeps cookies, sends what a page of ours would send. */
export class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** What it would send. */
  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** The cookies by name, as they were last set; empty ones are gone. */
  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  /** Takes over what another browser has: a thief, or another tab. */
  take(cookie: string): this {
    for (const part of cookie.split("; ")) {
      const at = part.indexOf("=");
      this.#cookies.set(part.slice(0, at), part.slice(at + 1));
    }
    return this;
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${this.#origin}${path}`, {
      redirect: "manual",
      ...init,
      headers: { cookie: this.cookie, ...(init.headers as Record<string, string> | undefined) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ""] = line.split(";", 1);
      const at = pair.indexOf("=");
      if (line.includes("Max-Age=0")) this.#cookies.delete(pair.slice(0, at));
      else this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  get(path: string): Promise<Answer> {
    return this.fetch(path).then(answerOf);
  }

  /** Sends JSON as a page of ours would. */
  send(
    path: string,
    body: unknown,
    init: { readonly method?: string; readonly headers?: Record<string, string> } = {},
  ) {
    const headers = { "content-type": "application/json", origin: this.#origin, ...init.headers };
    return this.fetch(path, { method: init.method ?? "POST", headers, body: JSON.stringify(body) }).then(answerOf);
  }
}

/** An answer in the parts that tests compare. */
export interface Answer {
  readonly status: number;
  // What an answer holds is what the test is about.
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string; readonly fields?: Record<string, string> };
  };
  readonly headers: Headers;
}

const answerOf = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text), headers: response.headers };
};

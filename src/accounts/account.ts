/** An account: whose money it is. Pure. */
import type { Nano } from "../money.ts";

export interface Account {
  readonly id: number;
  /** Unguessable, shown outside: `acc_…`. */
  readonly publicId: string;
  readonly name: string;
  /** Posted balance, in nano-units. */
  readonly balance: Nano;
  /** The part of the balance that servers have borrowed for running requests. */
  readonly leased: Nano;
  readonly frozen: boolean;
  /** What debits have still to collect of it, in nano-units; it is frozen as long as there is any. */
  readonly pendingDebit: Nano;
  /** Null: the storefront's default plan. */
  readonly planId: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
}

export const MAX_NAME = 200;

/** The account that a first start makes for trying things out; it is given to whoever claims the installation. */
export const DEMO_NAME = "Demo";

/** A name without surrounding blanks, or null when it is empty, too long, or holds control characters. */
export const cleanName = (text: string): string | null => {
  const name = text.trim();
  if (name.length === 0 || name.length > MAX_NAME) return null;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code < 32 || code === 127) return null;
  }
  return name;
};

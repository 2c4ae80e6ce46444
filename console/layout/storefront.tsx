/** Whose house this is: its name, mark, unit of money and addresses, loaded once before anything is shown. */
import { createContext, useContext, type ReactNode } from "react";

import type { MoneyUnit } from "../format/money.ts";
import { USD } from "../format/money.ts";
import type { Storefront } from "../api/public.ts";

const Context = createContext<Storefront | null>(null);

export const StorefrontProvider = ({
  storefront,
  children,
}: {
  readonly storefront: Storefront;
  readonly children: ReactNode;
}) => <Context value={storefront}>{children}</Context>;

/** @throws Error outside StorefrontProvider */
export const useStorefront = (): Storefront => {
  const storefront = useContext(Context);
  if (storefront === null) throw new Error("there is no storefront here");
  return storefront;
};

/** What amounts are shown in; USD where nothing says otherwise. */
export const useMoneyUnit = (): MoneyUnit => useContext(Context)?.unit ?? USD;

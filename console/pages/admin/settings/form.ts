/** The settings as a form holds them, what is wrong with it, and what of it has changed. Pure. */
import type { HouseSettings, SettingsChange } from "../../../api/house.ts";
import { parseMoney } from "../../../format/money.ts";
import { readColour } from "./colour.ts";
import { words } from "./words.ts";

export interface Form {
  readonly name: string;
  readonly support: string;
  readonly billingUrl: string;
  readonly sellerName: string;
  readonly sellerAddress: string;
  readonly sellerTaxId: string;
  readonly unit: "usd" | "credits";
  readonly unitName: string;
  readonly unitRate: string;
  readonly registration: HouseSettings["registration"];
  readonly startCredit: string;
  readonly perPeer: string;
  readonly perDay: string;
  readonly catalog: HouseSettings["catalog"];
  readonly idempotency: boolean;
  readonly accent: string;
  readonly accentDark: string;
  /** A data: address; empty: our mark. */
  readonly logo: string;
}

/** Nano-USD as a decimal without needless zeros. */
const decimal = (nano: string): string => {
  const digits = nano.padStart(10, "0");
  let fraction = digits.slice(-9);
  while (fraction.endsWith("0")) fraction = fraction.slice(0, -1);
  const whole = digits.slice(0, -9);
  return fraction === "" ? whole : `${whole}.${fraction}`;
};

/** A fraction whose denominator is a power of ten, as a decimal: rates were written as decimals. */
const rateOf = ({ num, den }: HouseSettings["unit"]["rate"]): string =>
  den === "1" ? num : decimal(((BigInt(num) * 1_000_000_000n) / BigInt(den)).toString());

export const formOf = (settings: HouseSettings): Form => {
  const { unit, brand } = settings;
  const isUsd = unit.name === "USD" && unit.rate.num === unit.rate.den;
  return {
    name: settings.name,
    support: settings.support ?? "",
    billingUrl: settings.billingUrl ?? "",
    sellerName: settings.seller.name ?? "",
    sellerAddress: settings.seller.address ?? "",
    sellerTaxId: settings.seller.taxId ?? "",
    unit: isUsd ? "usd" : "credits",
    unitName: isUsd ? "credits" : unit.name,
    unitRate: isUsd ? "100" : rateOf(unit.rate),
    registration: settings.registration,
    startCredit: decimal(settings.startCreditNano),
    perPeer: String(settings.registrationsPerPeer),
    perDay: String(settings.registrationsPerDay),
    catalog: settings.catalog,
    idempotency: settings.idempotency,
    accent: brand.accent ?? "",
    accentDark: brand.accentDark ?? "",
    logo: brand.logo ?? "",
  };
};

const isWhole = (text: string): boolean =>
  text.trim() !== "" && Number.isSafeInteger(Number(text)) && Number(text) >= 0;
const isColour = (text: string): boolean => text === "" || readColour(text) !== null;
const isPositive = (text: string): boolean => {
  const nano = parseMoney(text);
  return nano !== null && nano !== "0";
};

export type Problems = Readonly<Partial<Record<keyof Form, string>>>;

export const problemsOf = (form: Form): Problems => ({
  ...(form.name.trim() === "" ? { name: words.nameBad } : {}),
  ...(form.unit === "credits" && form.unitName.trim() === "" ? { unitName: words.nameBad } : {}),
  ...(form.unit === "credits" && !isPositive(form.unitRate) ? { unitRate: words.rateBad } : {}),
  ...(parseMoney(form.startCredit) === null ? { startCredit: words.amountBad } : {}),
  ...(isWhole(form.perPeer) ? {} : { perPeer: words.wholeBad }),
  ...(isWhole(form.perDay) ? {} : { perDay: words.wholeBad }),
  ...(isColour(form.accent) ? {} : { accent: words.colourBad }),
  ...(isColour(form.accentDark) ? {} : { accentDark: words.colourBad }),
});

const orNull = (text: string): string | null => (text.trim() === "" ? null : text.trim());

/** One setting: all of it is sent, and nothing where all of it is empty. */
const sellerOf = ({ sellerName, sellerAddress, sellerTaxId }: Form): NonNullable<SettingsChange["seller"]> | null => {
  const [name, address, taxId] = [orNull(sellerName), orNull(sellerAddress), orNull(sellerTaxId)];
  if (name === null && address === null && taxId === null) return null;
  return {
    ...(name === null ? {} : { name }),
    ...(address === null ? {} : { address }),
    ...(taxId === null ? {} : { taxId }),
  };
};

/** Only what differs from before is sent, so that nobody overwrites what another has just changed. */
export const changeOf = (form: Form, before: Form): SettingsChange => {
  const differs = (...names: readonly (keyof Form)[]): boolean => names.some((name) => form[name] !== before[name]);
  return {
    ...(differs("name") ? { name: form.name.trim() } : {}),
    ...(differs("support") ? { support: orNull(form.support) } : {}),
    ...(differs("billingUrl") ? { billingUrl: orNull(form.billingUrl) } : {}),
    ...(differs("sellerName", "sellerAddress", "sellerTaxId") ? { seller: sellerOf(form) } : {}),
    ...(differs("unit", "unitName", "unitRate")
      ? {
          unit: form.unit === "usd" ? "usd" : { name: form.unitName.trim(), per: "usd", rate: form.unitRate.trim() },
        }
      : {}),
    ...(differs("registration") ? { registration: form.registration } : {}),
    ...(differs("startCredit") ? { startCreditNano: parseMoney(form.startCredit) } : {}),
    ...(differs("perPeer") ? { registrationsPerPeer: Number(form.perPeer) } : {}),
    ...(differs("perDay") ? { registrationsPerDay: Number(form.perDay) } : {}),
    ...(differs("catalog") ? { catalog: form.catalog } : {}),
    ...(differs("idempotency") ? { idempotency: form.idempotency } : {}),
    ...(differs("accent", "accentDark", "logo")
      ? {
          brand: {
            ...(form.accent === "" ? {} : { accent: form.accent }),
            ...(form.accentDark === "" ? {} : { accentDark: form.accentDark }),
            ...(form.logo === "" ? {} : { logo: form.logo }),
          },
        }
      : {}),
  };
};

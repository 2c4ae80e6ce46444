/** Every screen of the console: where it is, whose it is, what stands above it, and the act it is about. */
import type { Seeded } from "./seeded.ts";

/** Who looks: nobody who is known, who owns an account, who runs the installation. */
export const VIEWERS = ["visitor", "customer", "operator"] as const;
/** Who sees some of the same screens otherwise: with less that they may do, or with nothing on them yet. */
export const OTHERS = ["member", "newcomer", "support", "auditor"] as const;
export type Viewer = (typeof VIEWERS | typeof OTHERS)[number];

export interface Screen {
  /** As the router calls it; `/` at its end is left out. */
  readonly route: string;
  readonly viewer: Viewer;
  /** Its first heading. */
  readonly heading: string | RegExp;
  /** The name of what the keyboard has to reach; null where the screen is there to be read. */
  readonly act: string | RegExp | null;
  /** What stands in the address for the names in the route. */
  readonly values?: (seeded: Seeded) => Readonly<Record<string, string>>;
}

const inAccount = ({ owner }: Seeded): Readonly<Record<string, string>> => ({ account: owner.accountPublicId });

const inNewAccount = ({ newcomer }: Seeded): Readonly<Record<string, string>> => ({
  account: newcomer.accountPublicId,
});

type Row = readonly [route: string, heading: string | RegExp, act: string | RegExp | null, values?: Screen["values"]];

const screensOf = (viewer: Viewer, rows: readonly Row[]): readonly Screen[] =>
  rows.map(([route, heading, act, values]) => ({ route, viewer, heading, act, ...(values && { values }) }));

export const SCREENS: readonly Screen[] = [
  ...screensOf("visitor", [
    ["/", /./, "Create account"],
    ["/models", "Models", /Search|Filter/],
    ["/models/$", "claude-sonnet-4-5", /Copy/, () => ({ "": "claude-sonnet-4-5" })],
    ["/pricing", "Pricing", "Create account"],
    ["/status", "Status", null],
    ["/docs", "Documentation", "Quick start"],
    ["/docs/reference", "API reference", null],
    ["/docs/$", "Quick start", /Copy/, () => ({ "": "quick-start" })],
    ["/sign-in", "Sign in", "Sign in"],
    ["/sign-up", "Create your account", "Create account"],
    ["/claim", "Claim this installation", "Become the operator"],
    ["/forgot", "Forgot your password?", "Send the link"],
    ["/reset", "This link is not whole", /./],
    ["/verify", "This link is not whole", /./],
    ["/invite/$token", "This invitation cannot be used", /./, () => ({ token: "no-invitation-has-this-token" })],
  ]),
  ...screensOf("customer", [
    ["/me", "Your profile", "Set up"],
    ["/change-email", "This link is not whole", /profile/],
    ["/app/$account/overview", "Overview", "Add credit", inAccount],
    ["/app/$account/keys", "Keys", "Create key", inAccount],
    ["/app/$account/usage", "Usage", "Download CSV", inAccount],
    ["/app/$account/billing", "Billing", "Redeem", inAccount],
    [
      "/app/$account/billing/$invoice",
      /./,
      /Print|Back/,
      (seeded) => ({ ...inAccount(seeded), invoice: seeded.invoice }),
    ],
    ["/app/$account/playground", "Playground", /Ask something/, inAccount],
    ["/app/$account/team", "Team", /Invite/, inAccount],
    ["/app/$account/alerts", "Alerts", "Add rule", inAccount],
    ["/app/$account/settings", "Settings", /Save/, inAccount],
  ]),
  ...screensOf("operator", [
    ["/admin/overview", "Overview", null],
    ["/admin/upstreams", "Upstreams", "Add upstream"],
    ["/admin/models", "Models", "Add model"],
    ["/admin/prices", "Prices", /rule|Filter|Search/],
    ["/admin/plans", "Plans", "Add plan"],
    ["/admin/accounts", "Accounts", /account/i],
    ["/admin/accounts/$account", /Robin/, /credit/i, inAccount],
    ["/admin/requests", "Requests", /CSV/],
    ["/admin/tasks", "Tasks", null],
    ["/admin/ledger", "Ledger", /Audit|Check/i],
    ["/admin/audit", "Audit log", null],
    ["/admin/codes", "Codes", /code/i],
    ["/admin/people", "People", /Invite/],
    ["/admin/settings", "Settings", "Name"],
    ["/admin/exports", "Exports", /Download/],
  ]),
];

/** What is on the others' screens that is not on those of the three. */
export const OTHER_SCREENS: readonly Screen[] = [
  ...screensOf("member", [
    ["/app/$account/billing", "Billing", null, inAccount],
    ["/app/$account/team", "Team", null, inAccount],
    ["/app/$account/alerts", "Alerts", null, inAccount],
    ["/app/$account/settings", "Settings", null, inAccount],
  ]),
  ...screensOf("newcomer", [
    ["/app/$account/overview", "Overview", /Create|key/i, inNewAccount],
    ["/app/$account/keys", "Keys", "Create key", inNewAccount],
    ["/app/$account/usage", "Usage", null, inNewAccount],
    ["/app/$account/billing", "Billing", "Redeem", inNewAccount],
    ["/app/$account/alerts", "Alerts", "Add rule", inNewAccount],
  ]),
  ...screensOf("support", [
    ["/admin/accounts/$account", /Robin/, null, inAccount],
    ["/admin/people", "People", null],
    ["/admin/settings", "Settings", null],
    ["/admin/exports", "Exports", null],
  ]),
  ...screensOf("auditor", [
    ["/admin/plans", "Plans", null],
    ["/admin/codes", "Codes", null],
    ["/admin/ledger", "Ledger", null],
    ["/admin/exports", "Exports", null],
  ]),
];

/** Routes that show nothing of their own: they hold others, or send elsewhere. */
export const NO_SCREENS: readonly string[] = ["/app", "/app/$account", "/admin"];

/** The address of a screen in a seeded house. */
export const addressOf = ({ route, values }: Screen, seeded: Seeded): string => {
  const known = values?.(seeded) ?? {};
  return route
    .split("/")
    .map((part) => (part.startsWith("$") ? (known[part.slice(1)] ?? part) : part))
    .join("/");
};

/** A name for files: the address without what is different in every house. */
export const nameOf = ({ route, viewer }: Screen): string =>
  `${viewer}${route === "/" ? "-landing" : route.replaceAll("$", "").replaceAll("/", "-")}`.replace(/-$/, "-one");

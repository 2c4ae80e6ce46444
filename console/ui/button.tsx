/** What one presses: one look per weight of the act, and a quiet sign while it runs. */
import { createLink } from "@tanstack/react-router";
import { forwardRef, type AnchorHTMLAttributes, type ButtonHTMLAttributes, type ReactNode } from "react";

import type { Act } from "../api/may.ts";
import { Allowed } from "./allowed.tsx";
import { classes } from "./classes.ts";
import { Tooltip } from "./tooltip.tsx";

/** `primary`: the one act a screen is about. `danger`: takes something away. */
export type ButtonKind = "primary" | "secondary" | "quiet" | "danger";
export type ButtonSize = "base" | "small";

const KINDS = {
  primary: "bg-accent text-accent-ink border-transparent hover:brightness-110",
  secondary: "bg-surface text-ink border-line-strong hover:bg-sunken",
  quiet: "bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink",
  danger: "bg-surface text-bad border-line-strong hover:bg-bad-soft hover:border-bad",
} as const satisfies Record<ButtonKind, string>;

const SIZES = {
  base: "h-9 px-3.5 gap-2",
  small: "h-7 px-2.5 gap-1.5 text-small",
} as const satisfies Record<ButtonSize, string>;

const LOOK =
  "moves inline-flex shrink-0 items-center justify-center rounded-base border font-medium whitespace-nowrap no-underline select-none disabled:opacity-55";

const lookOf = (kind: ButtonKind, size: ButtonSize, extra: string | undefined): string =>
  classes(LOOK, KINDS[kind], SIZES[size], extra);

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly kind?: ButtonKind;
  readonly size?: ButtonSize;
  readonly icon?: ReactNode;
  /** It runs: pressed once is enough, and its words say so. */
  readonly pending?: boolean;
  /** What it leads to: who may not do that does not see it. */
  readonly act?: Act | undefined;
}

const PlainButton = forwardRef<HTMLButtonElement, Omit<ButtonProps, "act">>(
  ({ kind = "secondary", size = "base", icon, pending = false, className, children, disabled, ...rest }, ref) => (
    <button
      ref={ref}
      type="button"
      {...rest}
      disabled={disabled === true || pending}
      aria-busy={pending || undefined}
      className={lookOf(kind, size, classes(pending && "breathes", className))}
    >
      {icon}
      {children}
    </button>
  ),
);
PlainButton.displayName = "PlainButton";

export const Button = forwardRef<HTMLButtonElement, ButtonProps>(({ act, ...props }, ref) =>
  act === undefined ? (
    <PlainButton {...props} ref={ref} />
  ) : (
    <Allowed act={act}>
      <PlainButton {...props} ref={ref} />
    </Allowed>
  ),
);
Button.displayName = "Button";

interface LinkLookProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly kind?: ButtonKind;
  readonly size?: ButtonSize;
  readonly icon?: ReactNode;
}

const LinkLook = forwardRef<HTMLAnchorElement, LinkLookProps>(
  ({ kind = "secondary", size = "base", icon, className, children, ...rest }, ref) => (
    <a ref={ref} {...rest} className={lookOf(kind, size, className)}>
      {icon}
      {children}
    </a>
  ),
);
LinkLook.displayName = "LinkLook";

/** A link to a page of ours that looks like a button. */
export const ButtonLink = createLink(LinkLook);

/** The same for addresses outside the router, and for downloads. */
export const ButtonAnchor = LinkLook;

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  /** What it does: read aloud, and shown on pointing. */
  readonly label: string;
  readonly children: ReactNode;
}

/** A button that is only a sign; its words are in the tooltip. */
export const IconButton = ({ label, children, kind = "quiet", className, ...rest }: IconButtonProps) => (
  <Tooltip text={label}>
    <Button {...rest} kind={kind} aria-label={label} className={classes("w-8 !h-8 !px-0", className)}>
      {children}
    </Button>
  </Tooltip>
);

/** The frame of the doors: the house's mark, one sheet, one act. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ThemeSwitch } from "../../layout/theme.tsx";
import { Logo } from "../../ui/logo.tsx";

export interface DoorProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Below the sheet: the way to another door. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export const Door = ({ title, description, aside, children }: DoorProps) => (
  <div className="flex min-h-dvh flex-col">
    <header className="flex h-14 items-center justify-between px-5">
      <Link to="/" className="rounded-small">
        <Logo />
      </Link>
      <ThemeSwitch />
    </header>
    <main className="flex flex-1 flex-col items-center px-5 pt-[6vh] pb-16">
      <div className="w-full max-w-[25rem]">
        <h1 className="text-title font-medium text-ink">{title}</h1>
        {description !== undefined && <div className="mt-1.5 text-ink-2">{description}</div>}
        <div className="mt-6 flex flex-col gap-5 rounded-large border border-line bg-surface p-6">{children}</div>
        {aside !== undefined && <div className="mt-5 flex flex-wrap gap-x-5 gap-y-2 text-ink-2">{aside}</div>}
      </div>
    </main>
  </div>
);

/** A link below a door. */
export const DOOR_LINK = "rounded-small text-ink-2 underline decoration-line-strong underline-offset-4 hover:text-ink";

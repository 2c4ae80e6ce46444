/** The frame of the console: navigation at the side, which folds to a bar at the bottom of a telephone. */
import { Link, Outlet } from "@tanstack/react-router";
import { Ellipsis, LogOut, type LucideIcon } from "lucide-react";
import { useState, type ReactNode } from "react";

import { useMay, type Act } from "../api/may.ts";
import { IconButton } from "../ui/button.tsx";
import { classes } from "../ui/classes.ts";
import { Logo } from "../ui/logo.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { StepUpDialog } from "../ui/step-up.tsx";
import { signOut } from "./sign-out.ts";
import { ThemeSwitch } from "./theme.tsx";
import { words } from "./words.ts";

export interface NavItem {
  readonly to: string;
  readonly label: string;
  readonly icon: LucideIcon;
  /** What its screen is for: who may not do that does not see it. */
  readonly act?: Act;
}

export interface AppLayoutProps {
  readonly label: string;
  readonly items: readonly NavItem[];
  /** Above the navigation: which account. */
  readonly top: ReactNode;
  /** Below it: who is signed in, ways to other parts. */
  readonly bottom: ReactNode;
  /** Above every screen: a notice that concerns all of them. */
  readonly banner?: ReactNode;
}

/** So many stand in the bar of a telephone; the rest is behind "More". */
const IN_BAR = 4;

const SideItem = ({ to, label, icon: Icon, onClick }: NavItem & { readonly onClick?: () => void }) => (
  <Link
    to={to}
    {...(onClick !== undefined && { onClick })}
    className="moves flex items-center gap-2.5 rounded-base px-2.5 py-1.5 text-ink-2 hover:bg-sunken hover:text-ink"
    activeProps={{ className: "bg-sunken !text-ink font-medium" }}
  >
    <Icon aria-hidden className="size-4 shrink-0" />
    {label}
  </Link>
);

const Bar = ({ items, onMore }: { readonly items: readonly NavItem[]; readonly onMore: () => void }) => (
  <nav
    aria-label={words.pages}
    className="no-print fixed inset-x-0 bottom-0 z-30 grid auto-cols-fr grid-flow-col border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden"
  >
    {items.slice(0, IN_BAR).map(({ to, label, icon: Icon }) => (
      <Link
        key={to}
        to={to}
        className="flex h-14 flex-col items-center justify-center gap-0.5 text-small text-ink-3"
        activeProps={{ className: "!text-accent" }}
      >
        <Icon aria-hidden className="size-4.5" />
        {label}
      </Link>
    ))}
    <button
      type="button"
      onClick={onMore}
      className="flex h-14 flex-col items-center justify-center gap-0.5 text-small text-ink-3"
    >
      <Ellipsis aria-hidden className="size-4.5" />
      {words.more}
    </button>
  </nav>
);

const Side = ({ label, items, top, bottom }: AppLayoutProps) => (
  <aside className="no-print sticky top-0 flex h-dvh w-56 shrink-0 flex-col border-r border-line max-md:hidden">
    <div className="flex h-14 items-center px-4">
      <Link to="/" className="flex min-w-0 rounded-small">
        <Logo />
      </Link>
    </div>
    <div className="px-3 pb-3">{top}</div>
    <nav aria-label={label} className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto px-3">
      {items.map((item) => (
        <SideItem key={item.to} {...item} />
      ))}
    </nav>
    <div className="flex flex-col gap-2 border-t border-line p-3">
      {bottom}
      <div className="flex items-center justify-between">
        <ThemeSwitch />
        <IconButton label={words.signOut} onClick={() => void signOut()}>
          <LogOut aria-hidden className="size-4" />
        </IconButton>
      </div>
    </div>
  </aside>
);

export const AppLayout = (props: AppLayoutProps) => {
  const { top, bottom, banner } = props;
  const may = useMay();
  const items = props.items.filter(({ act }) => act === undefined || may(act));
  const [more, setMore] = useState(false);
  const close = (): void => {
    setMore(false);
  };
  return (
    <div className="flex min-h-dvh">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3">
        {words.skip}
      </a>
      <Side {...props} items={items} />
      <div className="flex min-w-0 flex-1 flex-col">
        {banner}
        <main id="content" className={classes("mx-auto w-full max-w-[1200px] flex-1 px-5 pt-8 pb-28 md:px-8 md:pb-16")}>
          <Outlet />
        </main>
      </div>
      <Bar
        items={items}
        onMore={() => {
          setMore(true);
        }}
      />
      <StepUpDialog />
      <Sheet open={more} onClose={close} title={words.more}>
        {top}
        <nav aria-label={words.more} className="flex flex-col gap-0.5">
          {items.slice(IN_BAR).map((item) => (
            <SideItem key={item.to} {...item} onClick={close} />
          ))}
        </nav>
        <div className="flex flex-col gap-2 border-t border-line pt-4">
          {bottom}
          <div className="flex items-center justify-between">
            <ThemeSwitch />
            <IconButton label={words.signOut} onClick={() => void signOut()}>
              <LogOut aria-hidden className="size-4" />
            </IconButton>
          </div>
        </div>
      </Sheet>
    </div>
  );
};

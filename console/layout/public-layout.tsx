/** Pages for everybody: a quiet header, the page, a footer. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { Menu as MenuSign, X } from "lucide-react";
import { useState } from "react";

import { meQuery } from "../api/me.ts";
import { ButtonLink, IconButton } from "../ui/button.tsx";
import { Logo } from "../ui/logo.tsx";
import { useStorefront } from "./storefront.tsx";
import { ThemeSwitch } from "./theme.tsx";
import { words } from "./words.ts";

const LINKS = [
  { to: "/models", label: words.models },
  { to: "/pricing", label: words.pricing },
  { to: "/docs", label: words.docs },
  { to: "/status", label: words.status },
] as const;

const LINK = "moves rounded-small py-1 text-ink-2 hover:text-ink";
const ACTIVE = { className: "!text-ink font-medium" };

const Doors = () => {
  const { data: me } = useQuery(meQuery);
  const { registration, isClaimed } = useStorefront();
  if (me === undefined) return <div className="h-9 w-24" />;
  if (me !== null)
    return (
      <ButtonLink to="/app" kind="primary">
        {words.console}
      </ButtonLink>
    );
  return (
    <>
      <ButtonLink to="/sign-in" kind="quiet">
        {words.signIn}
      </ButtonLink>
      {!isClaimed && (
        <ButtonLink to="/claim" kind="primary" className="max-sm:hidden">
          {words.claim}
        </ButtonLink>
      )}
      {isClaimed && registration === "open" && (
        <ButtonLink to="/sign-up" kind="primary" className="max-sm:hidden">
          {words.signUp}
        </ButtonLink>
      )}
    </>
  );
};

const Header = () => {
  const [open, setOpen] = useState(false);
  return (
    <header className="no-print sticky top-0 z-30 border-b border-line bg-paper">
      <div className="mx-auto flex h-14 max-w-[1200px] items-center gap-6 px-5">
        <Link to="/" className="flex min-w-0 rounded-small">
          <Logo />
        </Link>
        <nav aria-label={words.pages} className="flex flex-1 gap-5 max-md:hidden">
          {LINKS.map(({ to, label }) => (
            <Link key={to} to={to} className={LINK} activeProps={ACTIVE}>
              {label}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-1.5">
          <ThemeSwitch />
          <Doors />
          <IconButton
            label={open ? words.closeMenu : words.openMenu}
            aria-expanded={open}
            className="md:hidden"
            onClick={() => {
              setOpen(!open);
            }}
          >
            {open ? <X aria-hidden className="size-4" /> : <MenuSign aria-hidden className="size-4" />}
          </IconButton>
        </div>
      </div>
      {open && (
        <nav aria-label={words.pages} className="flex flex-col gap-1 border-t border-line px-5 py-3 md:hidden">
          {LINKS.map(({ to, label }) => (
            <Link
              key={to}
              to={to}
              className="py-2 text-ink"
              onClick={() => {
                setOpen(false);
              }}
            >
              {label}
            </Link>
          ))}
        </nav>
      )}
    </header>
  );
};

const Footer = () => {
  const { name, support } = useStorefront();
  return (
    <footer className="no-print mt-24 border-t border-line">
      <div className="mx-auto flex max-w-[1200px] flex-wrap justify-between gap-4 px-5 py-8 text-ink-3">
        <span>{name}</span>
        <nav aria-label={words.footer} className="flex flex-wrap gap-5">
          {LINKS.map(({ to, label }) => (
            <Link key={to} to={to} className="hover:text-ink">
              {label}
            </Link>
          ))}
          {support !== null && <span>{support}</span>}
        </nav>
      </div>
    </footer>
  );
};

export const PublicLayout = () => (
  <div className="flex min-h-dvh flex-col">
    <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-surface focus:p-3">
      {words.skip}
    </a>
    <Header />
    <main id="content" className="mx-auto w-full max-w-[1200px] flex-1 px-5 pt-10">
      <Outlet />
    </main>
    <Footer />
  </div>
);

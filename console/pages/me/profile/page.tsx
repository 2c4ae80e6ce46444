/** One's own person: name, password, second steps, sessions, accounts. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { meQuery } from "../../../api/me.ts";
import { waysQuery } from "../../../api/profile.ts";
import { signOut } from "../../../layout/sign-out.ts";
import { ThemeSwitch } from "../../../layout/theme.tsx";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Logo } from "../../../ui/logo.tsx";
import { Notice, Page } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { StepUpDialog } from "../../../ui/step-up.tsx";
import { AccountSection } from "./accounts.tsx";
import { CodesSection } from "./codes.tsx";
import { EmailSection } from "./email.tsx";
import { PasskeySection } from "./passkeys.tsx";
import { PasswordSection } from "./password.tsx";
import { PersonSection } from "./person.tsx";
import { SessionSection } from "./sessions.tsx";
import { words } from "./words.ts";

const Header = () => (
  <header className="no-print border-b border-line">
    <div className="mx-auto flex h-14 max-w-[760px] items-center justify-between px-5">
      <Link to="/" className="rounded-small">
        <Logo />
      </Link>
      <ThemeSwitch />
    </div>
  </header>
);

const Parts = () => {
  const { data: me } = useQuery(meQuery);
  const { data: ways, error, refetch } = useQuery(waysQuery);
  if (me === undefined || me === null) return <Skeleton className="h-60 w-full" />;
  return (
    <>
      {me.needsSecondFactor && (
        <Notice tone="warn" title={words.needsTitle}>
          {words.needs}
        </Notice>
      )}
      <PersonSection me={me} />
      <EmailSection me={me} />
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {ways === undefined && error === null && <Skeleton className="h-60 w-full" />}
      {ways !== undefined && (
        <>
          <PasskeySection passkeys={ways.passkeys} />
          <CodesSection ways={ways} />
          <PasswordSection hasPassword={ways.hasPassword} email={me.email} />
        </>
      )}
      <SessionSection />
      {me.accounts.length > 0 && <AccountSection accounts={me.accounts} />}
    </>
  );
};

export const ProfilePage = () => {
  const { data: me } = useQuery(meQuery);
  const isOpen = me?.needsSecondFactor === false && (me.accounts.length > 0 || me.installationRole !== null);
  return (
    <div className="min-h-dvh pb-20">
      <Header />
      <main className="mx-auto max-w-[760px] px-5 pt-10">
        <Page
          title={words.title}
          actions={
            <>
              {isOpen && (
                <ButtonLink to="/app" kind="quiet">
                  {words.back}
                </ButtonLink>
              )}
              <Button onClick={() => void signOut()}>{words.signOut}</Button>
            </>
          }
        >
          <Parts />
        </Page>
      </main>
      <StepUpDialog />
    </div>
  );
};

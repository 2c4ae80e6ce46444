/** Registering by oneself, where the storefront lets people. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import { money } from "../../../format/money.ts";
import { useMoneyUnit, useStorefront } from "../../../layout/storefront.tsx";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { toast } from "../../../ui/toast.tsx";
import { arrive } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door, DOOR_LINK } from "../frame.tsx";
import { PersonFields } from "../person-fields.tsx";
import { words } from "./words.ts";

/** What to do after a mail was sent. */
export const LookIntoMail = ({ email }: { readonly email: string }) => (
  <Door title={words.mailTitle} description={words.mail(email)}>
    <ButtonLink to="/sign-in" kind="primary">
      {words.signIn}
    </ButtonLink>
    <Button
      onClick={() => {
        void auth
          .verifyAgain(email)
          .then(() => {
            toast({ title: words.sent });
          })
          .catch((error: unknown) => {
            toast({ title: error instanceof Error ? error.message : words.again, bad: true });
          });
      }}
    >
      {words.again}
    </Button>
  </Door>
);

const Closed = () => (
  <Door title={words.closedTitle} description={words.closed}>
    <ButtonLink to="/sign-in" kind="primary">
      {words.signIn}
    </ButtonLink>
  </Door>
);

const Description = () => {
  const { name, startCreditNano } = useStorefront();
  const unit = useMoneyUnit();
  return (
    <>
      {words.description(name)}
      {startCreditNano !== "0" && ` ${words.credit(money(startCreditNano, unit))}`}
    </>
  );
};

export const SignUpPage = () => {
  const { registration } = useStorefront();
  const [mailed, setMailed] = useState<string | null>(null);
  const act = useAct(
    async (typed) => {
      const email = typed("email");
      const { next } = await auth.signUp({ name: typed("name"), email, password: typed("password") });
      return { next, email };
    },
    ({ next, email }) => {
      if (next === "verify") setMailed(email);
      else arrive();
    },
  );
  if (registration !== "open") return <Closed />;
  if (mailed !== null) return <LookIntoMail email={mailed} />;
  return (
    <Door
      title={words.title}
      description={<Description />}
      aside={
        <Link to="/sign-in" className={DOOR_LINK}>
          {words.signIn}
        </Link>
      }
    >
      <ActForm act={act} verb={words.verb}>
        <PersonFields error={act.error} />
      </ActForm>
    </Door>
  );
};

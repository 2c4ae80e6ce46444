/** Asking for the link that chooses a new password. The answer is the same for every address. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { ButtonLink } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { ActForm, useAct } from "../form.tsx";
import { Door, DOOR_LINK } from "../frame.tsx";
import { words } from "./words.ts";

export const ForgotPage = () => {
  const { mail } = useStorefront();
  const [sent, setSent] = useState<string | null>(null);
  const act = useAct(
    async (typed) => {
      await auth.forgot(typed("email"));
      return typed("email");
    },
    (email) => {
      setSent(email);
    },
  );
  if (sent !== null)
    return (
      <Door title={words.sentTitle} description={words.sent(sent)}>
        {!mail && <Notice tone="warn">{words.logged}</Notice>}
        <ButtonLink to="/sign-in" kind="primary">
          {words.signIn}
        </ButtonLink>
      </Door>
    );
  return (
    <Door
      title={words.title}
      description={words.description}
      aside={
        <Link to="/sign-in" className={DOOR_LINK}>
          {words.signIn}
        </Link>
      }
    >
      <ActForm act={act} verb={words.verb}>
        <TextField label={words.email} name="email" type="email" autoComplete="username" required />
      </ActForm>
    </Door>
  );
};

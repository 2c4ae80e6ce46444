/** Confirming an address by the link of a mail. By a press: programs that look at links in mails must not confirm for people. */
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { tokenOfAddress } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door } from "../frame.tsx";
import { words } from "./words.ts";

const SignIn = () => (
  <ButtonLink to="/sign-in" kind="primary">
    {words.signIn}
  </ButtonLink>
);

export const VerifyPage = () => {
  const [token] = useState(tokenOfAddress);
  const [isDone, setDone] = useState(false);
  const act = useAct(
    () => auth.verify(token),
    () => {
      setDone(true);
    },
  );
  if (token === "")
    return (
      <Door title={words.missingTitle} description={words.missing}>
        <SignIn />
      </Door>
    );
  if (isDone)
    return (
      <Door title={words.doneTitle} description={words.done}>
        <SignIn />
      </Door>
    );
  return (
    <Door title={words.title} description={words.description}>
      <ActForm act={act} verb={words.verb}>
        {null}
      </ActForm>
    </Door>
  );
};

/** Choosing a new password by the link of a mail. */
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import { fieldError } from "../../../api/client.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { tokenOfAddress } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door } from "../frame.tsx";
import { words } from "./words.ts";

export const ResetPage = () => {
  const [token] = useState(tokenOfAddress);
  const [isDone, setDone] = useState(false);
  const act = useAct(
    (typed) => auth.reset(token, typed("password")),
    () => {
      setDone(true);
    },
  );
  if (token === "")
    return (
      <Door title={words.missingTitle} description={words.missing}>
        <ButtonLink to="/forgot" kind="primary">
          {words.again}
        </ButtonLink>
      </Door>
    );
  if (isDone)
    return (
      <Door title={words.doneTitle} description={words.done}>
        <ButtonLink to="/sign-in" kind="primary">
          {words.signIn}
        </ButtonLink>
      </Door>
    );
  return (
    <Door title={words.title} description={words.description}>
      <ActForm act={act} verb={words.verb}>
        <TextField
          label={words.password}
          name="password"
          type="password"
          autoComplete="new-password"
          required
          hint={words.hint}
          error={fieldError(act.error, "newPassword")}
        />
      </ActForm>
    </Door>
  );
};

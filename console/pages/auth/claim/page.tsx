/** The first operator: whoever holds the one-time code. */
import { Link } from "@tanstack/react-router";

import { auth } from "../../../api/auth.ts";
import { fieldError } from "../../../api/client.ts";
import { TextField } from "../../../ui/field.tsx";
import { arrive } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door, DOOR_LINK } from "../frame.tsx";
import { PersonFields } from "../person-fields.tsx";
import { words } from "./words.ts";

const LEAST = 15;

export const ClaimPage = () => {
  const act = useAct(
    (typed) =>
      auth.claim({ name: typed("name"), email: typed("email"), password: typed("password") }, typed("code").trim()),
    () => {
      arrive("/admin/overview");
    },
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
        <TextField
          label={words.code}
          name="code"
          mono
          required
          autoComplete="off"
          spellCheck={false}
          hint={words.codeHint}
          error={fieldError(act.error, "code")}
        />
        <PersonFields error={act.error} least={LEAST} />
      </ActForm>
    </Door>
  );
};

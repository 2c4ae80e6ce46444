/** Confirming a new address by the link of a mail, by a press, signed in as whoever asked for it. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { auth } from "../../../api/auth.ts";
import { meQuery } from "../../../api/me.ts";
import { ButtonLink } from "../../../ui/button.tsx";
import { tokenOfAddress } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door } from "../frame.tsx";
import { words } from "./words.ts";

const Profile = () => (
  <ButtonLink to="/me" kind="primary">
    {words.profile}
  </ButtonLink>
);

export const ChangeEmailPage = () => {
  const [token] = useState(tokenOfAddress);
  const [isDone, setDone] = useState(false);
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const act = useAct(
    () => auth.confirmEmail(token),
    () => {
      setDone(true);
      void client.invalidateQueries({ queryKey: ["me"] });
    },
  );
  if (token === "")
    return (
      <Door title={words.missingTitle} description={words.missing}>
        <Profile />
      </Door>
    );
  if (isDone)
    return (
      <Door title={words.doneTitle} description={words.done}>
        <Profile />
      </Door>
    );
  return (
    <Door title={words.title} description={words.description(me?.email ?? "")}>
      <ActForm act={act} verb={words.verb}>
        {null}
      </ActForm>
    </Door>
  );
};

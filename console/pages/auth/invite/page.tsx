/** Accepting an invitation: by registering, or as who one is already. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";

import { auth, type Invitation } from "../../../api/auth.ts";
import { answered, api } from "../../../api/client.ts";
import { meQuery } from "../../../api/me.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { ButtonLink } from "../../../ui/button.tsx";
import { arrive } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door } from "../frame.tsx";
import { PersonFields } from "../person-fields.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/invite/$token");

const LEAST = { staff: 15, customer: 12 } as const;
const STAFF: readonly Invitation["role"][] = ["operator", "support", "auditor"];

const Register = ({ token, invitation }: { readonly token: string; readonly invitation: Invitation }) => {
  const act = useAct(
    (typed) => auth.signUp({ name: typed("name"), email: invitation.email, password: typed("password") }, token),
    () => {
      arrive();
    },
  );
  return (
    <ActForm act={act} verb={words.verb}>
      <PersonFields
        error={act.error}
        email={invitation.email}
        least={STAFF.includes(invitation.role) ? LEAST.staff : LEAST.customer}
      />
    </ActForm>
  );
};

const Accept = ({ token }: { readonly token: string }) => {
  const act = useAct(
    () => answered(api.POST("/console/api/me/invitations", { body: { token } })),
    ({ signInAgain }) => {
      arrive(signInAgain ? "/sign-in" : "/app");
    },
  );
  return (
    <ActForm act={act} verb={words.acceptVerb}>
      {null}
    </ActForm>
  );
};

const SignInFirst = ({ email }: { readonly email: string }) => (
  <>
    <p className="text-ink-2">{words.signInFirst(email)}</p>
    <ButtonLink to="/sign-in" search={{ from: location.pathname }} kind="primary">
      {words.signIn}
    </ButtonLink>
  </>
);

export const InvitePage = () => {
  const { token } = route.useParams();
  const { name } = useStorefront();
  const { data: me } = useQuery(meQuery);
  const { data: invitation, error } = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => auth.invitation(token),
    retry: false,
  });
  if (error !== null)
    return (
      <Door title={words.goneTitle} description={error.message}>
        <ButtonLink to="/sign-in" kind="primary">
          {words.signIn}
        </ButtonLink>
      </Door>
    );
  if (invitation === undefined || me === undefined) return <Door title={words.title}>{words.loading}</Door>;
  if (me !== null && me.email !== invitation.email)
    return <Door title={words.otherTitle}>{words.other(invitation.email)}</Door>;
  return (
    <Door title={words.title} description={words.description(invitation, name)}>
      {me !== null && <Accept token={token} />}
      {me === null && invitation.isKnown && <SignInFirst email={invitation.email} />}
      {me === null && !invitation.isKnown && <Register token={token} invitation={invitation} />}
    </Door>
  );
};

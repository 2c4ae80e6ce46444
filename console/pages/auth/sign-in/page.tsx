/** Signing in: password, passkey or another service; then, for who has one, the second step. */
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";

import { auth, canUsePasskeys } from "../../../api/auth.ts";
import { ApiError } from "../../../api/client.ts";
import { useStorefront } from "../../../layout/storefront.tsx";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import { arrive } from "../arrive.ts";
import { ActForm, useAct } from "../form.tsx";
import { Door, DOOR_LINK } from "../frame.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/sign-in");

const Or = () => (
  <div className="flex items-center gap-3 text-small text-ink-3">
    <span className="h-px flex-1 bg-line" />
    {words.or}
    <span className="h-px flex-1 bg-line" />
  </div>
);

/** Sends the confirmation once more, where that is what is missing. */
const SendAgain = ({ email }: { readonly email: string }) => (
  <Button
    onClick={() => {
      void auth
        .verifyAgain(email)
        .then(() => {
          toast({ title: words.sentAgain });
        })
        .catch((error: unknown) => {
          toast({ title: error instanceof Error ? error.message : words.sendAgain, bad: true });
        });
    }}
  >
    {words.sendAgain}
  </Button>
);

const PasskeyButton = ({ from }: { readonly from: string | undefined }) => {
  const passkey = useMutation({
    mutationFn: auth.passkey,
    onSuccess: () => {
      arrive(from);
    },
  });
  return (
    <>
      {passkey.error !== null && <Notice tone="bad">{passkey.error.message}</Notice>}
      <Button
        icon={<KeyRound aria-hidden className="size-4" />}
        pending={passkey.isPending}
        className="w-full"
        onClick={() => {
          passkey.mutate();
        }}
      >
        {words.passkey}
      </Button>
    </>
  );
};

const Services = () => {
  const { oauthProviders } = useStorefront();
  const go = useMutation({
    mutationFn: auth.service,
    onSuccess: ({ url }) => {
      location.assign(url);
    },
  });
  return (
    <>
      {go.error !== null && <Notice tone="bad">{go.error.message}</Notice>}
      {oauthProviders.map(({ id, name }) => (
        <Button
          key={id}
          className="w-full"
          pending={go.isPending && go.variables === id}
          onClick={() => {
            go.mutate(id);
          }}
        >
          {words.service(name)}
        </Button>
      ))}
    </>
  );
};

/** Why another service did not bring somebody in: what the server says of it is one of its own words, and nothing else is shown. */
const refusalOf = (error: string | null): string | null => {
  if (error === null) return null;
  const known = Object.entries(words.refusals).find(([name]) => name === error);
  return known?.[1] ?? words.refusals.failed;
};

const FirstStep = ({ onSecond }: { readonly onSecond: () => void }) => {
  const { from } = route.useSearch();
  const { registration, isClaimed } = useStorefront();
  const [email, setEmail] = useState("");
  const refusal = refusalOf(new URLSearchParams(location.search).get("error"));
  const act = useAct(
    (typed) => auth.signIn(typed("email"), typed("password")),
    ({ next }) => {
      if (next === "second-step") onSecond();
      else arrive(from);
    },
  );
  return (
    <Door
      title={words.title}
      aside={
        <>
          <Link to="/forgot" className={DOOR_LINK}>
            {words.forgot}
          </Link>
          {registration === "open" && (
            <Link to="/sign-up" className={DOOR_LINK}>
              {words.signUp}
            </Link>
          )}
          {registration !== "open" && isClaimed && <p className="text-ink-3">{words.invited}</p>}
        </>
      }
    >
      {!isClaimed && (
        <Notice
          title={words.claimTitle}
          actions={
            <Link to="/claim" className={DOOR_LINK}>
              {words.claim}
            </Link>
          }
        >
          {words.claimText}
        </Notice>
      )}
      {refusal !== null && <Notice tone="warn">{refusal}</Notice>}
      <ActForm act={act} verb={words.verb}>
        {act.error instanceof ApiError && act.error.code === "conflict" && <SendAgain email={email} />}
        <TextField
          label={words.email}
          name="email"
          type="email"
          autoComplete="username"
          required
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        <TextField label={words.password} name="password" type="password" autoComplete="current-password" required />
      </ActForm>
      <Or />
      {canUsePasskeys() && <PasskeyButton from={from} />}
      <Services />
    </Door>
  );
};

const SecondStep = ({ onAgain }: { readonly onAgain: () => void }) => {
  const { from } = route.useSearch();
  const [byRecovery, setByRecovery] = useState(false);
  const act = useAct(
    (typed) => (byRecovery ? auth.recovery(typed("code")) : auth.code(typed("code").trim())),
    () => {
      arrive(from);
    },
  );
  return (
    <Door
      title={words.stepTitle}
      description={byRecovery ? words.recoveryDescription : words.stepDescription}
      aside={
        <>
          <button
            type="button"
            className={DOOR_LINK}
            onClick={() => {
              act.reset();
              setByRecovery(!byRecovery);
            }}
          >
            {byRecovery ? words.byApp : words.byRecovery}
          </button>
          <button type="button" className={DOOR_LINK} onClick={onAgain}>
            {words.again}
          </button>
        </>
      }
    >
      <ActForm key={String(byRecovery)} act={act} verb={words.stepVerb}>
        <TextField
          label={byRecovery ? words.recovery : words.code}
          name="code"
          mono
          required
          autoComplete="one-time-code"
          {...(byRecovery ? {} : { inputMode: "numeric" as const, pattern: "[0-9]{6}", maxLength: 6 })}
        />
      </ActForm>
    </Door>
  );
};

export const SignInPage = () => {
  const [isSecond, setSecond] = useState(false);
  return isSecond ? (
    <SecondStep
      onAgain={() => {
        setSecond(false);
      }}
    />
  ) : (
    <FirstStep
      onSecond={() => {
        setSecond(true);
      }}
    />
  );
};

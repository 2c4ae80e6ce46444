/** What is shown where a screen should be. */
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ApiError } from "../api/client.ts";
import { Button, ButtonLink } from "../ui/button.tsx";

const Frame = ({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}) => (
  <div className="mx-auto flex max-w-lg flex-col items-start gap-4 px-5 py-24">
    <h1 className="text-title font-medium text-ink">{title}</h1>
    <p className="text-ink-2">{text}</p>
    <div className="flex gap-2">{children}</div>
  </div>
);

export const MissingScreen = () => (
  <Frame title="There is nothing at this address" text="It may have been moved, or it is not yours to see.">
    <ButtonLink to="/" kind="primary">
      Go to the start
    </ButtonLink>
  </Frame>
);

export const ErrorScreen = ({ error, reset }: ErrorComponentProps) => {
  const router = useRouter();
  return (
    <Frame
      title="This could not be shown"
      text={
        // The API's words are for people; those of a fault in this page are not.
        error instanceof ApiError
          ? error.message
          : "Something in this page failed, not in your account. Try again, or reload the page."
      }
    >
      <Button
        kind="primary"
        onClick={() => {
          reset();
          void router.invalidate();
        }}
      >
        Try again
      </Button>
      <ButtonLink to="/">Go to the start</ButtonLink>
    </Frame>
  );
};

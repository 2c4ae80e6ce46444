/** What is shown where a screen should be. */
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

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
      text={error instanceof Error ? error.message : "Something failed while this was loaded."}
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
    </Frame>
  );
};

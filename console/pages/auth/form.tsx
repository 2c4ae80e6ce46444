/** A form with one act: what failed above, the fields, the button. Fields name their own errors. */
import { useMutation, type UseMutationResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ApiError } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { Notice } from "../../ui/page.tsx";

/** Fields of a form that was sent, as text. */
export type Typed = (name: string) => string;

/** The fields of a form as it is now. */
export const typedIn = (form: HTMLFormElement): Typed => {
  const data = new FormData(form);
  return (name) => {
    const value = data.get(name);
    return typeof value === "string" ? value : "";
  };
};

export interface ActFormProps<T> {
  readonly act: UseMutationResult<T, Error, Typed>;
  readonly verb: string;
  readonly children: ReactNode;
}

/** An act that a form does. */
export const useAct = <T,>(act: (typed: Typed) => Promise<T>, done: (result: T) => void) =>
  useMutation<T, Error, Typed>({ mutationFn: act, onSuccess: done });

const hasFields = (error: Error): boolean => error instanceof ApiError && Object.keys(error.fields).length > 0;

export const ActForm = <T,>({ act, verb, children }: ActFormProps<T>) => (
  <form
    className="flex flex-col gap-4"
    onSubmit={(event) => {
      event.preventDefault();
      act.mutate(typedIn(event.currentTarget));
    }}
  >
    {act.error !== null && !hasFields(act.error) && <Notice tone="bad">{act.error.message}</Notice>}
    {children}
    <Button kind="primary" type="submit" pending={act.isPending} className="w-full">
      {verb}
    </Button>
  </form>
);

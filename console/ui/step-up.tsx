/** Asks once more who somebody is, where an act needs a fresh proof, and then does the act: one dialog for all screens. */
import { useMutation } from "@tanstack/react-query";
import { useCallback, useState, useSyncExternalStore } from "react";

import { canUsePasskeys, passkeyProof } from "../api/auth.ts";
import { answered, api, ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Failed } from "./empty.tsx";
import { TextField } from "./field.tsx";

const words = {
  title: "Is it you?",
  description: "This asks for a fresh proof. It then holds for five minutes.",
  password: "Password",
  code: "Code of your authenticator app",
  byCode: "Use a code instead",
  byPassword: "Use the password instead",
  passkey: "Use a passkey",
  cancel: "Cancel",
  confirm: "Confirm",
  given: "Nothing was done, since you did not confirm that it is you.",
} as const;

/** Who waits for a proof: true when it was given. */
let waiting: ((proved: boolean) => void) | null = null;
const listeners = new Set<() => void>();

const tell = (next: typeof waiting): void => {
  waiting = next;
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const ask = (): Promise<boolean> =>
  new Promise((resolve) => {
    waiting?.(false);
    tell(resolve);
  });

const end = (proved: boolean): void => {
  const resolve = waiting;
  tell(null);
  resolve?.(proved);
};

/**
 * A function that does an act, asks for a proof when the act says `step_up_required`, and does it again.
 * It throws what the act throws, and ApiError when the proof is not given.
 */
export const useStepUp = () =>
  useCallback(async <T,>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "step_up_required") throw error;
      if (!(await ask())) throw new ApiError(403, "step_up_required", words.given);
      return await act();
    }
  }, []);

const Form = () => {
  const [way, setWay] = useState<"password" | "code">("password");
  const [text, setText] = useState("");
  const prove = useMutation({
    mutationFn: () => answered(api.POST("/console/api/me/step-up", { body: { [way]: text } })),
    onSuccess: () => {
      end(true);
    },
  });
  const proveByPasskey = useMutation({
    mutationFn: async () =>
      await answered(api.POST("/console/api/me/step-up", { body: { passkey: await passkeyProof() } })),
    onSuccess: () => {
      end(true);
    },
  });
  const error = prove.error ?? proveByPasskey.error;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        prove.mutate();
      }}
    >
      {error !== null && <Failed error={error} />}
      <TextField
        key={way}
        label={words[way]}
        type={way === "password" ? "password" : "text"}
        autoComplete={way === "password" ? "current-password" : "one-time-code"}
        required
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
        }}
      />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <span className="flex flex-wrap gap-2">
          <Button
            kind="quiet"
            size="small"
            onClick={() => {
              setText("");
              setWay(way === "password" ? "code" : "password");
            }}
          >
            {way === "password" ? words.byCode : words.byPassword}
          </Button>
          {canUsePasskeys() && (
            <Button
              kind="quiet"
              size="small"
              pending={proveByPasskey.isPending}
              onClick={() => {
                proveByPasskey.mutate();
              }}
            >
              {words.passkey}
            </Button>
          )}
        </span>
        <span className="flex gap-2">
          <Button
            onClick={() => {
              end(false);
            }}
          >
            {words.cancel}
          </Button>
          <Button kind="primary" type="submit" pending={prove.isPending}>
            {words.confirm}
          </Button>
        </span>
      </div>
    </form>
  );
};

/** The dialog itself; stands once in the frame of the signed-in screens. */
export const StepUpDialog = () => {
  const open = useSyncExternalStore(subscribe, () => waiting !== null);
  return (
    <Dialog
      open={open}
      onClose={() => {
        end(false);
      }}
      title={words.title}
      description={words.description}
    >
      {open && <Form />}
    </Dialog>
  );
};

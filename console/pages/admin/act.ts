/** Does what an operator asked for: proves who they are where that is wanted, says what was done, and shows everything anew. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { operatorKey } from "../../api/operator.ts";
import { ApiError } from "../../api/client.ts";
import { useStepUp } from "../../ui/step-up.tsx";
import { toast } from "../../ui/toast.tsx";

export interface Act {
  readonly pending: boolean;
  /** What the last one failed with; null: nothing. */
  readonly error: unknown;
  readonly clear: () => void;
  /** @returns whether it was done */
  readonly run: (act: () => Promise<unknown>, done?: ActWords) => Promise<boolean>;
}

export interface ActWords {
  readonly title: string;
  readonly undo?: () => void;
  /** Errors are said in a message and not beside a form. */
  readonly loud?: boolean;
}

export const useAct = (): Act => {
  const queryClient = useQueryClient();
  const withStepUp = useStepUp();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return {
    pending,
    error,
    clear: () => {
      setError(null);
    },
    run: async (act, done) => {
      setPending(true);
      setError(null);
      try {
        await withStepUp(act);
        if (done !== undefined) toast({ title: done.title, ...(done.undo === undefined ? {} : { undo: done.undo }) });
        await queryClient.invalidateQueries({ queryKey: operatorKey });
        return true;
      } catch (failure) {
        setError(failure);
        if (done?.loud === true)
          toast({ title: failure instanceof ApiError ? failure.message : "That did not work. Try again.", bad: true });
        return false;
      } finally {
        setPending(false);
      }
    },
  };
};

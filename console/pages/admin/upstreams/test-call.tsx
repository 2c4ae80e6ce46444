/** Asks the upstream for one word, as it is filled in and before it is saved. */
import { useMutation } from "@tanstack/react-query";
import { Zap } from "lucide-react";
import type { Dispatch, SetStateAction } from "react";

import { testUpstream } from "../../../api/operator.ts";
import { duration } from "../../../format/number.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Notice } from "../../../ui/page.tsx";
import { connectionOf, type FormState } from "./form-state.ts";
import { words } from "./words.ts";

export interface TestCallProps {
  readonly form: FormState;
  readonly setForm: Dispatch<SetStateAction<FormState>>;
  readonly editing: string | null;
}

export const TestCall = ({ form, setForm, editing }: TestCallProps) => {
  const test = useMutation({ mutationFn: () => testUpstream(connectionOf(form, editing)) });
  const { data } = test;
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-5">
      <div className="flex items-end gap-3">
        <TextField
          className="flex-1"
          label={words.testModel}
          mono
          optional
          value={form.testModel}
          onChange={(event) => {
            setForm({ ...form, testModel: event.currentTarget.value });
          }}
        />
        <Button
          icon={<Zap aria-hidden className="size-4" />}
          pending={test.isPending}
          onClick={() => {
            test.mutate();
          }}
        >
          {test.isPending ? words.testing : words.test}
        </Button>
      </div>
      <p className="text-small text-ink-3">
        {words.testHint} {words.testText}
      </p>
      <div aria-live="polite">
        {test.isError && <Failed error={test.error} />}
        {data?.problem === null && <Notice tone="good">{words.tested(data.model, duration(data.latencyMs))}</Notice>}
        {data !== undefined && data.problem !== null && (
          <Notice tone="bad">
            {words.problems[data.problem]} {data.status !== null && words.status(data.status)}
          </Notice>
        )}
      </div>
    </div>
  );
};

/** Changing the password. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";

import { auth } from "../../../api/auth.ts";
import { fieldError } from "../../../api/client.ts";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import { typedIn } from "../../auth/form.tsx";
import { words } from "./words.ts";

export const PasswordSection = ({ hasPassword, email }: { readonly hasPassword: boolean; readonly email: string }) => {
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const change = useMutation({
    mutationFn: ({ current, fresh }: { readonly current: string; readonly fresh: string }) =>
      auth.changePassword(current, fresh),
    onSuccess: async () => {
      form.current?.reset();
      toast({ title: words.passwordChanged });
      await client.invalidateQueries({ queryKey: ["me"] });
    },
  });
  const error = change.error;
  const isOfField = fieldError(error, "newPassword") !== undefined;
  return (
    <Section title={words.password} description={hasPassword ? words.passwordDescription : words.noPassword}>
      {hasPassword && (
        <Card>
          <form
            ref={form}
            className="flex flex-col gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              const typed = typedIn(event.currentTarget);
              change.mutate({ current: typed("current"), fresh: typed("fresh") });
            }}
          >
            {error !== null && !isOfField && <Failed error={error} />}
            {/* For password managers: whose password it is. */}
            <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
            <div className="grid gap-4 sm:grid-cols-2">
              <TextField
                label={words.current}
                name="current"
                type="password"
                autoComplete="current-password"
                required
              />
              <TextField
                label={words.fresh}
                name="fresh"
                type="password"
                autoComplete="new-password"
                required
                hint={words.freshHint}
                error={fieldError(error, "newPassword")}
              />
            </div>
            <div className="flex justify-end">
              <Button type="submit" pending={change.isPending}>
                {words.changePassword}
              </Button>
            </div>
          </form>
        </Card>
      )}
    </Section>
  );
};

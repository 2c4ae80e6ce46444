/** Name and username. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { profile, type Me } from "../../../api/profile.ts";
import { Button } from "../../../ui/button.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

export const PersonSection = ({ me }: { readonly me: Me }) => {
  const [name, setName] = useState(me.name);
  const [username, setUsername] = useState(me.username);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => profile.change({ name, username }),
    onSuccess: (next) => {
      client.setQueryData(["me"], next);
      toast({ title: words.saved });
    },
  });
  return (
    <Section title={words.person}>
      <Card>
        <form
          className="flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <div className="grid gap-4 sm:grid-cols-2">
            <TextField
              label={words.name}
              value={name}
              required
              maxLength={100}
              autoComplete="name"
              error={fieldError(save.error, "name")}
              onChange={(event) => {
                setName(event.currentTarget.value);
              }}
            />
            <TextField
              label={words.username}
              value={username}
              mono
              required
              maxLength={32}
              autoComplete="off"
              hint={words.usernameHint}
              error={fieldError(save.error, "username")}
              onChange={(event) => {
                setUsername(event.currentTarget.value);
              }}
            />
          </div>
          <div className="flex justify-end">
            <Button
              kind="primary"
              type="submit"
              pending={save.isPending}
              disabled={name === me.name && username === me.username}
            >
              {words.save}
            </Button>
          </div>
        </form>
      </Card>
    </Section>
  );
};

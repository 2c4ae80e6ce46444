/** The accounts that one belongs to. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { profile, type Me } from "../../../api/profile.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button, ButtonLink } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { toast } from "../../../ui/toast.tsx";
import { words } from "./words.ts";

type Account = Me["accounts"][number];

export const AccountSection = ({ accounts }: { readonly accounts: readonly Account[] }) => {
  const [leaving, setLeaving] = useState<Account | null>(null);
  const client = useQueryClient();
  const stepUp = useStepUp();
  const leave = useMutation({
    mutationFn: (id: string) => stepUp(() => profile.leave(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: ["me"] }),
    onError: (error) => {
      toast({ title: error.message, bad: true });
    },
  });
  return (
    <Section title={words.accounts}>
      <Card>
        <ul>
          {accounts.map((account) => (
            <li
              key={account.id}
              className="flex items-center justify-between gap-3 border-t border-line py-2.5 first:border-t-0 first:pt-0 last:pb-0"
            >
              <span className="min-w-0">
                <span className="flex flex-wrap items-center gap-2">
                  <span className="truncate font-medium text-ink">{account.name}</span>
                  <Badge>{account.role}</Badge>
                </span>
                <span className="block text-small text-ink-3">{words.members(account.members)}</span>
              </span>
              <span className="flex gap-1">
                {account.members > 1 && (
                  <Button
                    kind="quiet"
                    size="small"
                    onClick={() => {
                      setLeaving(account);
                    }}
                  >
                    {words.leave}
                  </Button>
                )}
                <ButtonLink size="small" to="/app/$account/overview" params={{ account: account.id }}>
                  {words.open}
                </ButtonLink>
              </span>
            </li>
          ))}
        </ul>
      </Card>
      <Confirm
        open={leaving !== null}
        title={words.leaveTitle(leaving?.name ?? "")}
        verb={words.leave}
        danger
        onClose={() => {
          setLeaving(null);
        }}
        onConfirm={() => {
          if (leaving !== null) leave.mutate(leaving.id);
          setLeaving(null);
        }}
      >
        {words.leaveWords}
      </Confirm>
    </Section>
  );
};

/** Codes that were made, what is left of them, and the way to make more. */
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";

import { codesKey, codesQuery, revokeCode, type Code } from "../../../api/house.ts";
import { day } from "../../../format/time.ts";
import { Badge, type Tone } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Money, Time } from "../../../ui/exact.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { Page } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { toast } from "../../../ui/toast.tsx";
import { CreateCodes } from "./create.tsx";
import { words } from "./words.ts";

const TONES = { open: "good", used: "neutral", ended: "warn", revoked: "bad" } as const satisfies Record<
  Code["state"],
  Tone
>;

const columnsOf = (onRevoke: (code: Code) => void): readonly Column<Code>[] => [
  {
    key: "code",
    title: words.code,
    cell: ({ last4, note }) => (
      <span>
        <code className="font-mono text-small text-ink">…{last4}</code>
        {note !== null && <span className="block text-small text-ink-3">{note}</span>}
      </span>
    ),
  },
  { key: "state", title: words.state, cell: ({ state }) => <Badge tone={TONES[state]}>{words.states[state]}</Badge> },
  { key: "kind", title: words.kind, wide: true, cell: ({ kind }) => words.kinds[kind] },
  { key: "amount", title: words.amount, figures: true, cell: ({ amountNano }) => <Money nano={amountNano} /> },
  { key: "used", title: words.used, figures: true, wide: true, cell: ({ used, uses }) => words.of(used, uses) },
  {
    key: "expires",
    title: words.expires,
    wide: true,
    cell: ({ expiresAt }) => (expiresAt === null ? <span className="text-ink-3">{words.never}</span> : day(expiresAt)),
  },
  { key: "created", title: words.created, wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    key: "actions",
    title: words.acts,
    silent: true,
    figures: true,
    cell: (code) =>
      code.state === "open" ? (
        <Menu
          label={words.actions(code.last4)}
          items={[
            {
              label: words.revoke,
              danger: true,
              act: "POST /console/api/admin/codes/{code}/revoke",
              onSelect: () => {
                onRevoke(code);
              },
            },
          ]}
        />
      ) : null,
  },
];

export const CodesPage = () => {
  const codes = useInfiniteQuery(codesQuery);
  const queries = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Code | null>(null);
  const revoke = useMutation({
    mutationFn: revokeCode,
    onSuccess: async () => {
      setRevoking(null);
      toast({ title: words.revoked });
      await queries.invalidateQueries({ queryKey: codesKey });
    },
    onError: (error) => {
      toast({ title: error.message, bad: true });
    },
  });
  const make = (
    <Button
      act="POST /console/api/admin/codes"
      kind="primary"
      icon={<Plus aria-hidden className="size-4" />}
      onClick={() => {
        setMaking(true);
      }}
    >
      {words.make}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={make}>
      {codes.error === null ? (
        <Table
          label={words.title}
          columns={columnsOf(setRevoking)}
          rows={codes.data?.pages.flatMap(({ items }) => items)}
          rowKey={({ id }) => id}
          empty={
            <Empty title={words.emptyTitle} action={make}>
              {words.emptyText}
            </Empty>
          }
          footer={
            codes.hasNextPage && (
              <Button size="small" pending={codes.isFetchingNextPage} onClick={() => void codes.fetchNextPage()}>
                {words.more}
              </Button>
            )
          }
        />
      ) : (
        <Failed error={codes.error} retry={() => void codes.refetch()} />
      )}
      <CreateCodes
        open={isMaking}
        onClose={() => {
          setMaking(false);
        }}
      />
      <Confirm
        open={revoking !== null}
        onClose={() => {
          setRevoking(null);
        }}
        onConfirm={() => {
          if (revoking !== null) revoke.mutate(revoking.id);
        }}
        title={words.revokeTitle}
        verb={words.revoke}
        danger
        pending={revoke.isPending}
      >
        {words.revokeText}
      </Confirm>
    </Page>
  );
};

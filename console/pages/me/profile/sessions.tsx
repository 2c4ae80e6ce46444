/** Where one is signed in, and the end of it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { profile, sessionsQuery, type ShownSession } from "../../../api/profile.ts";
import { ago, moment } from "../../../format/time.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Card, Section } from "../../../ui/page.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { toast } from "../../../ui/toast.tsx";
import { browserName } from "./browser-name.ts";
import { words } from "./words.ts";

const Line = ({ session, onEnd }: { readonly session: ShownSession; readonly onEnd: () => void }) => (
  <li className="flex items-center justify-between gap-3 border-t border-line py-2.5 first:border-t-0 first:pt-0 last:pb-0">
    <span className="min-w-0">
      <span className="flex flex-wrap items-center gap-2">
        <span className="font-medium text-ink" title={session.userAgent ?? undefined}>
          {browserName(session.userAgent ?? "") ?? words.unknownBrowser}
        </span>
        {session.isThis && <Badge tone="accent">{words.thisSession}</Badge>}
      </span>
      <span className="block text-small text-ink-3">
        {session.ip !== null && <span className="font-mono">{session.ip} · </span>}
        <span title={moment(session.createdAt)}>{words.since(ago(session.createdAt))}</span>
        <span title={moment(session.seenAt)}> · {words.seen(ago(session.seenAt))}</span>
      </span>
    </span>
    {!session.isThis && (
      <Button kind="quiet" size="small" onClick={onEnd}>
        {words.endSession}
      </Button>
    )}
  </li>
);

export const SessionSection = () => {
  const { data, error, refetch } = useQuery(sessionsQuery);
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: ["me", "sessions"] });
  const failed = (problem: Error): void => {
    toast({ title: problem.message, bad: true });
  };
  const end = useMutation({ mutationFn: profile.endSession, onSuccess: again, onError: failed });
  const endOthers = useMutation({
    mutationFn: profile.endOthers,
    onSuccess: async ({ ended }) => {
      toast({ title: words.ended(ended) });
      await again();
    },
    onError: failed,
  });
  const hasOthers = (data?.items.length ?? 0) > 1;
  return (
    <Section
      title={words.sessions}
      actions={
        hasOthers && (
          <Button
            size="small"
            pending={endOthers.isPending}
            onClick={() => {
              endOthers.mutate();
            }}
          >
            {words.endOthers}
          </Button>
        )
      }
    >
      <Card>
        {error !== null && <Failed error={error} retry={() => void refetch()} />}
        {data === undefined && error === null && <Skeleton className="h-11 w-full" />}
        <ul>
          {data?.items.map((session) => (
            <Line
              key={session.id}
              session={session}
              onEnd={() => {
                end.mutate(session.id);
              }}
            />
          ))}
        </ul>
      </Card>
    </Section>
  );
};

/** The people of an account: who belongs, who is invited, and what each may do. Acts are offered to who may do them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { UserPlus } from "lucide-react";
import { useState } from "react";

import {
  changeRole,
  removeMember,
  teamKey,
  teamQuery,
  uninvite,
  type Invitation,
  type Member,
} from "../../../api/team.ts";
import { useMay } from "../../../api/may.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Menu } from "../../../ui/menu.tsx";
import { Page, Section } from "../../../ui/page.tsx";
import { useStepUp } from "../../../ui/step-up.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { toast } from "../../../ui/toast.tsx";
import { InviteMember } from "./invite.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/app/$account/team");

/** An act on the team, with a fresh proof where it asks for one; says what was done. */
const useTeamAct = (account: string) => {
  const queries = useQueryClient();
  const withStepUp = useStepUp();
  return useMutation({
    mutationFn: ({ act }: { readonly act: () => Promise<void>; readonly done: string }) => withStepUp(act),
    onSuccess: async (_result, { done }) => {
      toast({ title: done });
      await queries.invalidateQueries({ queryKey: teamKey(account) });
    },
    onError: (error) => {
      toast({ title: error.message, bad: true });
    },
  });
};

interface Acts {
  readonly onRole: (member: Member) => void;
  readonly onRemove: (member: Member) => void;
}

const memberColumns = ({ onRole, onRemove }: Acts): readonly Column<Member>[] => [
  {
    key: "person",
    title: words.person,
    cell: ({ name, email, isYou }) => (
      <span>
        <span className="flex items-center gap-2 font-medium text-ink">
          {name}
          {isYou && <Badge tone="accent">{words.you}</Badge>}
        </span>
        <span className="block text-small break-all text-ink-3">{email}</span>
      </span>
    ),
  },
  { key: "role", title: words.role, cell: ({ role }) => words.roles[role] },
  { key: "since", title: words.since, wide: true, cell: ({ joinedAt }) => <Time at={joinedAt} /> },
  {
    key: "more",
    title: words.more,
    silent: true,
    figures: true,
    cell: (member) => (
      <Menu
        label={words.actions(member.name)}
        items={[
          {
            label: member.role === "owner" ? words.makeMember : words.makeOwner,
            act: "PATCH /console/api/accounts/{account}/team/{person}",
            onSelect: () => {
              onRole(member);
            },
          },
          {
            label: member.isYou ? words.leave : words.remove,
            danger: true,
            act: "DELETE /console/api/accounts/{account}/team/{person}",
            onSelect: () => {
              onRemove(member);
            },
          },
        ]}
      />
    ),
  },
];

const invitationColumns = (onTakeBack: (invitation: Invitation) => void): readonly Column<Invitation>[] => [
  {
    key: "email",
    title: words.email,
    cell: ({ email, role, invitedBy }) => (
      <span>
        <span className="block break-all text-ink">{email}</span>
        <span className="block text-small text-ink-3">
          <span className="md:hidden">{words.roles[role]}, </span>
          {words.invitedBy(invitedBy)}
        </span>
      </span>
    ),
  },
  { key: "role", title: words.role, wide: true, cell: ({ role }) => words.roles[role] },
  { key: "ends", title: words.ends, wide: true, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  {
    key: "more",
    title: words.more,
    silent: true,
    figures: true,
    cell: (invitation) => (
      <Button
        act="DELETE /console/api/accounts/{account}/team/invitations/{invitation}"
        size="small"
        onClick={() => {
          onTakeBack(invitation);
        }}
      >
        {words.takeBack}
      </Button>
    ),
  },
];

export const TeamPage = () => {
  const { account } = route.useParams();
  const team = useQuery(teamQuery(account));
  const act = useTeamAct(account);
  const [isInviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member | null>(null);
  const mayInvite = useMay()("POST /console/api/accounts/{account}/team/invitations");
  const acts: Acts = {
    onRole: ({ person, role }) => {
      act.mutate({
        act: () => changeRole(account, person, role === "owner" ? "member" : "owner"),
        done: words.changed,
      });
    },
    onRemove: setRemoving,
  };
  const inviteButton = (
    <Button
      kind="primary"
      icon={<UserPlus aria-hidden className="size-4" />}
      onClick={() => {
        setInviting(true);
      }}
    >
      {words.invite}
    </Button>
  );
  if (team.error !== null) return <Failed error={team.error} retry={() => void team.refetch()} />;
  return (
    <Page title={words.title} description={words.description} actions={mayInvite && inviteButton}>
      <Table
        label={words.members}
        columns={memberColumns(acts)}
        rows={team.data?.members}
        rowKey={({ person }) => person}
        empty={null}
        skeletonRows={2}
      />
      {mayInvite && (
        <Section title={words.invitations}>
          <Table
            label={words.invitations}
            columns={invitationColumns(({ id }) => {
              act.mutate({ act: () => uninvite(account, id), done: words.takenBack });
            })}
            rows={team.data?.invitations}
            rowKey={({ id }) => id}
            empty={<Empty title={words.none}>{words.noneText}</Empty>}
          />
        </Section>
      )}
      {isInviting && (
        <InviteMember
          account={account}
          onClose={() => {
            setInviting(false);
          }}
        />
      )}
      <Confirm
        open={removing !== null}
        onClose={() => {
          setRemoving(null);
        }}
        onConfirm={() => {
          if (removing === null) return;
          const { person } = removing;
          setRemoving(null);
          act.mutate({ act: () => removeMember(account, person), done: words.removed });
        }}
        title={words.removeTitle(removing?.name ?? "")}
        verb={removing?.isYou === true ? words.leave : words.remove}
        danger
      >
        {words.removeText}
      </Confirm>
    </Page>
  );
};

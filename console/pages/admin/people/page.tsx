/** Everybody who may sign in, who is invited, and who works for the installation. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { UserPlus } from "lucide-react";

import { invitationsQuery, peopleQuery, takeInvitationBack, type PersonLine } from "../../../api/operate.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button } from "../../../ui/button.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Checkbox } from "../../../ui/field.tsx";
import { Page, Section } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { useAct, type Act } from "../act.ts";
import type { PeopleSearch } from "../customers-search.ts";
import { MoreRows } from "../more-rows.tsx";
import { SearchBox } from "../search-box.tsx";
import { InviteDialog } from "./invite.tsx";
import { PersonSheet } from "./person.tsx";
import { words } from "./words.ts";

const route = getRouteApi("/admin/people");

const COLUMNS: readonly Column<PersonLine>[] = [
  {
    key: "person",
    title: words.person,
    cell: ({ name, email, isDisabled, isVerified }) => (
      <span className="block min-w-0">
        <span className="flex flex-wrap items-center gap-2">
          <span className="font-medium text-ink">{name}</span>
          {isDisabled && <Badge tone="bad">{words.disabled}</Badge>}
        </span>
        <span className="block text-small break-all text-ink-3">
          {email}
          {!isVerified && ` · ${words.unverified}`}
        </span>
      </span>
    ),
  },
  {
    key: "role",
    title: words.role,
    cell: ({ role }) =>
      role === null ? (
        <span className="text-ink-3">{words.customer}</span>
      ) : (
        <Badge tone={role === "operator" ? "accent" : "neutral"}>{words.roles[role]}</Badge>
      ),
  },
  { key: "since", title: words.since, figures: true, wide: true, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: keyof typeof words.inviteRoles;
  readonly invitedBy: string;
  readonly expiresAt: number;
}

const invitationColumns = (act: Act): readonly Column<Invitation>[] => [
  {
    key: "email",
    title: words.email,
    cell: ({ email, invitedBy }) => (
      <>
        <span className="block break-all text-ink">{email}</span>
        <span className="block text-small text-ink-3">{words.invitedBy(invitedBy)}</span>
      </>
    ),
  },
  { key: "role", title: words.role, cell: ({ role }) => <Badge>{words.inviteRoles[role][0]}</Badge> },
  { key: "ends", title: words.ends, figures: true, wide: true, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  {
    key: "act",
    title: words.action,
    figures: true,
    cell: ({ id }) => (
      <Button
        act="DELETE /console/api/admin/invitations/{invitation}"
        size="small"
        disabled={act.pending}
        onClick={() => void act.run(() => takeInvitationBack(id), { title: words.takenBack, loud: true })}
      >
        {words.takeBack}
      </Button>
    ),
  },
];

const Invitations = () => {
  const { data } = useQuery(invitationsQuery);
  const act = useAct();
  if (data === undefined || data.items.length === 0) return null;
  return (
    <Section title={words.invitations}>
      <Table
        label={words.invitations}
        columns={invitationColumns(act)}
        rows={data.items}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Section>
  );
};

export const PeoplePage = () => {
  const { q = "", staff = false, person, invite } = route.useSearch();
  const navigate = route.useNavigate();
  const people = useInfiniteQuery(peopleQuery(q, staff));
  const change = (part: Partial<PeopleSearch>): void => {
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  };
  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <Button
          act="POST /console/api/admin/invitations"
          kind="primary"
          icon={<UserPlus aria-hidden className="size-4" />}
          onClick={() => {
            change({ invite: true });
          }}
        >
          {words.invite}
        </Button>
      }
    >
      <Invitations />
      <div className="flex flex-col gap-4">
        <search aria-label={words.search} className="flex flex-wrap items-center gap-4">
          <SearchBox
            label={words.search}
            placeholder={words.searchHint}
            value={q}
            onChange={(text) => {
              change({ q: text === "" ? undefined : text });
            }}
            className="min-w-60 flex-1 sm:max-w-md"
          />
          <Checkbox
            label={words.staff}
            checked={staff}
            onChange={(next) => {
              change({ staff: next ? true : undefined });
            }}
          />
        </search>
        {people.error !== null && <Failed error={people.error} retry={() => void people.refetch()} />}
        <Table
          failed={people.error !== null}
          label={words.title}
          columns={COLUMNS}
          rows={people.data?.pages.flatMap(({ items }) => items)}
          rowKey={({ id }) => id}
          openKey={person}
          onOpen={({ id }) => {
            change({ person: id });
          }}
          empty={<Empty title={words.noneTitle}>{words.noneText}</Empty>}
          footer={<MoreRows list={people} label={words.more} />}
        />
      </div>
      {person !== undefined && (
        <PersonSheet
          key={person}
          person={person}
          onClose={() => {
            change({ person: undefined });
          }}
        />
      )}
      {invite === true && (
        <Allowed act="POST /console/api/admin/invitations">
          <InviteDialog
            onClose={() => {
              change({ invite: undefined });
            }}
          />
        </Allowed>
      )}
    </Page>
  );
};

/** Who belongs to the account, who is invited, and a way to invite its owner. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { fieldError } from "../../../api/client.ts";
import { inviteOwner, type AccountDetail } from "../../../api/operate.ts";
import { Badge } from "../../../ui/badge.tsx";
import { Allowed } from "../../../ui/allowed.tsx";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Empty, Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { TextField } from "../../../ui/field.tsx";
import { Card, Notice } from "../../../ui/page.tsx";
import { Table, type Column } from "../../../ui/table.tsx";
import { useAct } from "../act.ts";
import { words } from "./words.ts";

type Member = AccountDetail["members"][number];

const COLUMNS: readonly Column<Member>[] = [
  {
    key: "person",
    title: words.person,
    cell: ({ id, name, email }) => (
      <>
        <Link
          to="/admin/people"
          search={{ person: id }}
          className="block rounded-small font-medium text-ink hover:underline"
        >
          {name}
        </Link>
        <span className="text-small break-all text-ink-3">{email}</span>
      </>
    ),
  },
  { key: "role", title: words.role, cell: ({ role }) => <Badge>{role}</Badge> },
];

const Invite = ({ account }: { readonly account: string }) => {
  const act = useAct();
  const [email, setEmail] = useState("");
  const [link, setLink] = useState<string | null>(null);
  const submit = async (): Promise<void> => {
    const done = await act.run(
      async () => {
        setLink((await inviteOwner(account, email.trim())).link);
      },
      { title: words.invited },
    );
    if (done) setEmail("");
  };
  return (
    <Card>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div>
          <h2 className="font-medium text-ink">{words.invite}</h2>
          <p className="text-ink-2">{words.inviteText}</p>
        </div>
        {act.error !== null && fieldError(act.error, "email") === undefined && <Failed error={act.error} />}
        <div className="flex flex-wrap items-end gap-2">
          <TextField
            label={words.email}
            type="email"
            required
            value={email}
            error={fieldError(act.error, "email")}
            className="min-w-60 flex-1"
            onChange={(event) => {
              setEmail(event.currentTarget.value);
            }}
          />
          <Button type="submit" pending={act.pending}>
            {words.sendInvitation}
          </Button>
        </div>
        {link !== null && (
          <Notice tone="warn" title={words.linkTitle}>
            {words.linkText} <Id id={link} what={words.link} />
          </Notice>
        )}
      </form>
    </Card>
  );
};

export const People = ({ detail }: { readonly detail: AccountDetail }) => (
  <div className="flex flex-col gap-6">
    <Table
      label={words.tabs.people}
      columns={COLUMNS}
      rows={detail.members}
      rowKey={({ id }) => id}
      empty={<Empty title={words.noPeople}>{words.noPeopleText}</Empty>}
    />
    {detail.invited.map(({ email, role, expiresAt }) => (
      <Notice key={`${email} ${expiresAt}`} title={email}>
        {words.invitedRole(role)}. {words.expires} <Time at={expiresAt} />.
      </Notice>
    ))}
    <Allowed act="POST /console/api/admin/accounts/{account}/invitations">
      <Invite account={detail.account.id} />
    </Allowed>
  </div>
);

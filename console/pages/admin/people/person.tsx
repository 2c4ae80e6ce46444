/** One person beside the list: how they sign in, their accounts, their role, and ways to end or forbid it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { changePerson, endSessionsOf, personQuery, type PersonDetail, type PersonLine } from "../../../api/operate.ts";
import { count } from "../../../format/number.ts";
import { Badge } from "../../../ui/badge.tsx";
import { useMay } from "../../../api/may.ts";
import { Button } from "../../../ui/button.tsx";
import { Id } from "../../../ui/copy.tsx";
import { Confirm } from "../../../ui/dialog.tsx";
import { Failed } from "../../../ui/empty.tsx";
import { Time } from "../../../ui/exact.tsx";
import { Field } from "../../../ui/field.tsx";
import { Facts } from "../../../ui/page.tsx";
import { Select } from "../../../ui/select.tsx";
import { Sheet } from "../../../ui/sheet.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useAct, type Act } from "../act.ts";
import { personWords as words, words as listWords } from "./words.ts";

const NONE = "none";
const ROLES = ["operator", "support", "auditor"] as const satisfies readonly PersonLine["role"][];

const Accounts = ({ accounts }: Pick<PersonDetail, "accounts">) =>
  accounts.length === 0 ? (
    <span className="text-ink-3">{words.noAccounts}</span>
  ) : (
    <ul className="flex flex-col gap-1">
      {accounts.map(({ id, name, role }) => (
        <li key={id}>
          <Link
            to="/admin/accounts/$account"
            params={{ account: id }}
            className="rounded-small font-medium text-ink underline"
          >
            {name}
          </Link>{" "}
          <Badge>{role}</Badge>
        </li>
      ))}
    </ul>
  );

const Content = ({ detail, act }: { readonly detail: PersonDetail; readonly act: Act }) => {
  const { person, passkeys, accounts, sessions } = detail;
  const mayChange = useMay()("PATCH /console/api/admin/people/{person}");
  return (
    <>
      {act.error !== null && <Failed error={act.error} />}
      <Facts
        facts={[
          [
            words.email,
            <span key="email">
              {person.email} {!person.isVerified && <Badge tone="warn">{listWords.unverified}</Badge>}
            </span>,
          ],
          [words.username, person.username],
          [words.id, <Id key="id" id={person.id} what="person id" />],
          [words.secondFactor, words.factors(person.hasCodes, passkeys)],
          [words.sessions, count(sessions)],
          [words.since, <Time key="since" at={person.createdAt} full />],
          [words.accounts, <Accounts key="accounts" accounts={accounts} />],
        ]}
      />
      <Field label={words.role}>
        <Select
          value={person.role ?? NONE}
          disabled={act.pending || !mayChange}
          options={[
            { value: NONE, label: words.noRole },
            ...ROLES.map((value) => ({ value, label: listWords.roles[value] })),
          ]}
          onChange={(next) => {
            const role = ROLES.find((one) => one === next) ?? null;
            void act.run(() => changePerson(person.id, { role }), { title: words.roleChanged });
          }}
        />
      </Field>
    </>
  );
};

const Actions = ({ detail, act }: { readonly detail: PersonDetail; readonly act: Act }) => {
  const [isAsking, setAsking] = useState(false);
  const { person, sessions } = detail;
  const set = async (isDisabled: boolean): Promise<void> => {
    await act.run(() => changePerson(person.id, { isDisabled }), {
      title: isDisabled ? words.disabled : words.enabled,
    });
    setAsking(false);
  };
  return (
    <>
      <Button
        act="POST /console/api/admin/people/{person}/end-sessions"
        disabled={sessions === 0 || act.pending}
        onClick={() => void act.run(() => endSessionsOf(person.id), { title: words.ended })}
      >
        {words.endSessions}
      </Button>
      {person.isDisabled ? (
        <Button act="PATCH /console/api/admin/people/{person}" pending={act.pending} onClick={() => void set(false)}>
          {words.enable}
        </Button>
      ) : (
        <Button
          act="PATCH /console/api/admin/people/{person}"
          kind="danger"
          onClick={() => {
            setAsking(true);
          }}
        >
          {words.disable}
        </Button>
      )}
      <Confirm
        open={isAsking}
        onClose={() => {
          setAsking(false);
        }}
        onConfirm={() => void set(true)}
        title={words.disableTitle(person.name)}
        verb={words.disable}
        danger
        pending={act.pending}
      >
        {words.disableText}
      </Confirm>
    </>
  );
};

export const PersonSheet = ({ person, onClose }: { readonly person: string; readonly onClose: () => void }) => {
  const { data, error, refetch } = useQuery(personQuery(person));
  const act = useAct();
  return (
    <Sheet
      open
      onClose={onClose}
      title={data?.person.name ?? listWords.person}
      description={data?.person.isDisabled === true ? listWords.disabled : undefined}
      actions={data !== undefined && <Actions detail={data} act={act} />}
    >
      {error !== null && <Failed error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Skeleton className="h-72 w-full" />
      ) : (
        <Content detail={data} act={act} />
      )}
    </Sheet>
  );
};

/** One account's screens: which account it is, its navigation, and the way to the installation for who runs it. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import {
  Bell,
  ChartNoAxesColumn,
  KeyRound,
  LayoutDashboard,
  MessageSquare,
  Settings,
  Users,
  WalletCards,
} from "lucide-react";

import { meQuery } from "../api/me.ts";
import { Notice } from "../ui/page.tsx";
import { Select } from "../ui/select.tsx";
import { AppLayout, type NavItem } from "./app-layout.tsx";
import { words } from "./words.ts";

const itemsOf = (account: string): readonly NavItem[] => {
  const to = (screen: string): string => `/app/${account}/${screen}`;
  return [
    { to: to("overview"), label: words.overview, icon: LayoutDashboard },
    { to: to("keys"), label: words.keys, icon: KeyRound },
    { to: to("usage"), label: words.usage, icon: ChartNoAxesColumn },
    {
      to: to("playground"),
      label: words.playground,
      icon: MessageSquare,
      act: "POST /console/api/accounts/{account}/playground-key",
    },
    { to: to("billing"), label: words.billing, icon: WalletCards },
    { to: to("team"), label: words.team, icon: Users },
    { to: to("alerts"), label: words.alerts, icon: Bell },
    { to: to("settings"), label: words.settings, icon: Settings },
  ];
};

const AccountChoice = ({ account }: { readonly account: string }) => {
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const accounts = me?.accounts ?? [];
  if (accounts.length < 2) return <div className="truncate px-2.5 text-small text-ink-3">{accounts[0]?.name}</div>;
  return (
    <Select
      label={words.chooseAccount}
      value={account}
      options={accounts.map(({ id, name }) => ({ value: id, label: name }))}
      onChange={(next) => void navigate({ to: `/app/${next}/overview` })}
    />
  );
};

/** Who is signed in, and the door to the other half of the house. */
export const Person = ({ inside }: { readonly inside: "account" | "installation" }) => {
  const { data: me } = useQuery(meQuery);
  if (me === undefined || me === null) return null;
  const door =
    inside === "installation" ? (
      me.accounts.length > 0 && (
        <Link to="/app" className="rounded-small px-2.5 text-ink-2 hover:text-ink">
          {words.backToAccount}
        </Link>
      )
    ) : (
      <Link to="/admin/overview" className="rounded-small px-2.5 text-ink-2 hover:text-ink">
        {words.operate}
      </Link>
    );
  return (
    <>
      {me.installationRole !== null && door}
      <Link to="/me" className="truncate rounded-small px-2.5 text-ink-2 hover:text-ink">
        {me.email}
      </Link>
    </>
  );
};

export const AccountLayout = () => {
  const account = useParams({ strict: false }).account ?? "";
  const { data: me } = useQuery(meQuery);
  const isForeign = me?.accounts.every(({ id }) => id !== account) === true && me.installationRole !== null;
  return (
    <AppLayout
      label={words.account}
      items={itemsOf(account)}
      top={<AccountChoice account={account} />}
      bottom={<Person inside="account" />}
      banner={
        isForeign && (
          <div className="px-5 pt-4 md:px-8">
            <Notice tone="warn" actions={<Link to="/admin/accounts">{words.leaveView}</Link>}>
              {words.readOnly}
            </Notice>
          </div>
        )
      }
    />
  );
};

/** The operator's screens. */
import { useQuery } from "@tanstack/react-query";
import {
  Activity,
  BookCheck,
  Boxes,
  Building2,
  ClipboardList,
  Download,
  Film,
  LayoutDashboard,
  ListTree,
  Plug,
  Settings,
  Tag,
  Ticket,
  UserCog,
  WalletCards,
} from "lucide-react";

import { meQuery } from "../api/me.ts";
import { Person } from "./account-layout.tsx";
import { AppLayout, type NavItem } from "./app-layout.tsx";
import { words } from "./words.ts";

const ITEMS: readonly NavItem[] = [
  { to: "/admin/overview", label: words.overview, icon: LayoutDashboard },
  { to: "/admin/upstreams", label: words.upstreams, icon: Plug },
  { to: "/admin/accounts", label: words.accounts, icon: Building2 },
  { to: "/admin/requests", label: words.requests, icon: Activity },
  { to: "/admin/models", label: words.models, icon: Boxes },
  { to: "/admin/prices", label: words.prices, icon: Tag },
  { to: "/admin/plans", label: words.plans, icon: WalletCards },
  { to: "/admin/tasks", label: words.tasks, icon: Film },
  { to: "/admin/codes", label: words.codes, icon: Ticket },
  { to: "/admin/ledger", label: words.ledger, icon: BookCheck },
  { to: "/admin/audit", label: words.audit, icon: ListTree },
  { to: "/admin/people", label: words.people, icon: UserCog },
  { to: "/admin/exports", label: words.exports, icon: Download, act: "GET /console/api/admin/exports/accounts" },
  { to: "/admin/settings", label: words.settings, icon: Settings },
];

/** Whose half of the house this is, and, for who mostly reads here, as what they are in it. */
const Installation = () => {
  const { data: me } = useQuery(meQuery);
  const role = me?.installationRole ?? "operator";
  return role === "operator" ? words.installation : `${words.installation} · ${words.roles[role]}`;
};

export const AdminLayout = () => (
  <AppLayout
    label={words.installation}
    items={ITEMS}
    top={
      <div className="flex items-center gap-2 px-2.5 text-small text-ink-3">
        <ClipboardList aria-hidden className="size-3.5" />
        <Installation />
      </div>
    }
    bottom={<Person inside="installation" />}
  />
);

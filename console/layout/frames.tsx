/** The routes that hold others: frames, and who is let in. What is not let in is sent to sign in, and comes back afterwards. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, notFound, Outlet, redirect } from "@tanstack/react-router";

import { meQuery } from "../api/me.ts";
import { storefrontQuery } from "../api/public.ts";
import { AccountLayout } from "./account-layout.tsx";
import { AdminLayout } from "./admin-layout.tsx";
import { ErrorScreen, MissingScreen } from "./errors.tsx";
import { PublicLayout } from "./public-layout.tsx";
import { StorefrontProvider } from "./storefront.tsx";

export interface RouterContext {
  readonly queryClient: QueryClient;
}

const Root = () => {
  const storefront = rootRoute.useLoaderData();
  return (
    <StorefrontProvider storefront={storefront}>
      <Outlet />
    </StorefrontProvider>
  );
};

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  loader: async ({ context }) => await context.queryClient.ensureQueryData(storefrontQuery),
  component: Root,
  notFoundComponent: MissingScreen,
  errorComponent: ErrorScreen,
});

export const publicRoute = createRoute({ getParentRoute: () => rootRoute, id: "public", component: PublicLayout });

/** Sends who is not signed in to sign in, and back to where they wanted to go. */
export const requireUser = async ({
  context,
  location,
}: {
  readonly context: RouterContext;
  readonly location: { readonly href: string };
}) => {
  const me = await context.queryClient.ensureQueryData(meQuery);
  if (me === null) throw redirect({ to: "/sign-in", search: { from: location.href } });
  return me;
};

/** Where somebody belongs who asks for the console as such. */
export const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/app",
  beforeLoad: async (order) => {
    const me = await requireUser(order);
    const account = me.accounts[0];
    throw account === undefined
      ? redirect({ to: me.installationRole === null ? "/me" : "/admin/overview" })
      : redirect({ to: "/app/$account/overview", params: { account: account.id } });
  },
});

export const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/app/$account",
  beforeLoad: requireUser,
  component: AccountLayout,
});

export const adminRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/admin",
  beforeLoad: async (order) => {
    const me = await requireUser(order);
    if (me.installationRole === null) throw notFound();
  },
  component: AdminLayout,
});

/** The screens of this area; each is loaded when it is first shown. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";

import { requireUser, rootRoute } from "../../layout/frames.tsx";

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  // Where to go afterwards; only paths of ours are taken (sign-in/page.tsx).
  validateSearch: (search: Record<string, unknown>): { from?: string } =>
    typeof search["from"] === "string" ? { from: search["from"] } : {},
  component: lazyRouteComponent(() => import("./sign-in/page.tsx"), "SignInPage"),
});
const signUp = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("./sign-up/page.tsx"), "SignUpPage"),
});
const claim = createRoute({
  getParentRoute: () => rootRoute,
  path: "/claim",
  component: lazyRouteComponent(() => import("./claim/page.tsx"), "ClaimPage"),
});
const forgot = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot",
  component: lazyRouteComponent(() => import("./forgot/page.tsx"), "ForgotPage"),
});
const reset = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset",
  component: lazyRouteComponent(() => import("./reset/page.tsx"), "ResetPage"),
});
const verify = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify",
  component: lazyRouteComponent(() => import("./verify/page.tsx"), "VerifyPage"),
});
const changeEmail = createRoute({
  getParentRoute: () => rootRoute,
  path: "/change-email",
  beforeLoad: async (order) => {
    await requireUser(order);
  },
  component: lazyRouteComponent(() => import("./change-email/page.tsx"), "ChangeEmailPage"),
});
const invite = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invite/$token",
  component: lazyRouteComponent(() => import("./invite/page.tsx"), "InvitePage"),
});

export const authScreens = [signIn, signUp, claim, forgot, reset, verify, changeEmail, invite] as const;

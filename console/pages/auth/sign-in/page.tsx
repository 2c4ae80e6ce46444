/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const SignInPage = () => <Page title="Sign-in">…</Page>;

/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ForgotPage = () => <Page title="Forgot">…</Page>;

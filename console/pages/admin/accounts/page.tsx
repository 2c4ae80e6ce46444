/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const AccountsPage = () => <Page title="Accounts">…</Page>;

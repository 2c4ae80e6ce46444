/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const LedgerPage = () => <Page title="Ledger">…</Page>;

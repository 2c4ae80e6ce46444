/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const AlertsPage = () => <Page title="Alerts">…</Page>;

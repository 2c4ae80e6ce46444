/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const RequestsPage = () => <Page title="Requests">…</Page>;

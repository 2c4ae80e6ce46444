/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const StatusPage = () => <Page title="Status">…</Page>;

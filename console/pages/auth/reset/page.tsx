/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ResetPage = () => <Page title="Reset">…</Page>;

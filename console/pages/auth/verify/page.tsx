/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const VerifyPage = () => <Page title="Verify">…</Page>;

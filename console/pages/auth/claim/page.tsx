/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ClaimPage = () => <Page title="Claim">…</Page>;

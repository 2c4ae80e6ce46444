/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const InvitePage = () => <Page title="Invite">…</Page>;

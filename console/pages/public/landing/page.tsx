/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const LandingPage = () => <Page title="Landing">…</Page>;

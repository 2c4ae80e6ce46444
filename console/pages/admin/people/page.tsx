/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const PeoplePage = () => <Page title="People">…</Page>;

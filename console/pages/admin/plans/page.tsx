/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const PlansPage = () => <Page title="Plans">…</Page>;

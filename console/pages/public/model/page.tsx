/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ModelPage = () => <Page title="Model">…</Page>;

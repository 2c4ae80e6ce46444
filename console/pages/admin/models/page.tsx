/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ModelsPage = () => <Page title="Models">…</Page>;

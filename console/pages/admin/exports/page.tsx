/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ExportsPage = () => <Page title="Exports">…</Page>;

/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const CodesPage = () => <Page title="Codes">…</Page>;

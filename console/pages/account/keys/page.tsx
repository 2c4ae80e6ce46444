/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const KeysPage = () => <Page title="Keys">…</Page>;

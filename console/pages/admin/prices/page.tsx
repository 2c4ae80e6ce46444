/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const PricesPage = () => <Page title="Prices">…</Page>;

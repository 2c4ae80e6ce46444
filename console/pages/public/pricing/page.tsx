/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const PricingPage = () => <Page title="Pricing">…</Page>;

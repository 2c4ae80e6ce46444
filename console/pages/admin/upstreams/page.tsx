/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const UpstreamsPage = () => <Page title="Upstreams">…</Page>;

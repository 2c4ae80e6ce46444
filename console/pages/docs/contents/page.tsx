/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ContentsPage = () => <Page title="Contents">…</Page>;

/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const ChapterPage = () => <Page title="Chapter">…</Page>;

/** To be made. */
import { Page } from "../../../ui/page.tsx";

export const TasksPage = () => <Page title="Tasks">…</Page>;

/** Lines of CSV, as everywhere (src/csv.ts). */
export { csvLine } from "../csv.ts";

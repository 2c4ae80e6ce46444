/** What the audit log shows, as it stands in the address. */
import { z } from "zod/mini";

const text = z.catch(z.optional(z.string()), undefined);

export const auditSearch = z.object({ actor: text, action: text, object: text, row: text });

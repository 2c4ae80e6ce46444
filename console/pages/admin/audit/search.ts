/** What the audit log shows, as it stands in the address. */
import { z } from "zod/mini";

import type { AuditFilter } from "../../../api/house.ts";
import { midnight } from "../../../format/time.ts";

const text = z.catch(z.optional(z.string()), undefined);

export const auditSearch = z.object({ actor: text, action: text, object: text, from: text, to: text, row: text });
export type AuditSearch = z.infer<typeof auditSearch>;

/** What the server is asked; days are the reader's, and the last is in it. */
export const filterOf = ({ actor, action, object, from, to }: AuditSearch): AuditFilter => {
  const [fromAt, toAt] = [midnight(from, false), midnight(to, true)];
  return { actor, action, object, fromAt, toAt };
};

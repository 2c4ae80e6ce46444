/** Shows what leads to an act only to who may do it. */
import type { ReactNode } from "react";

import { useMay, type Act } from "../api/may.ts";

export interface AllowedProps {
  readonly act: Act;
  readonly children: ReactNode;
  /** For who may not; nothing unless something is said. */
  readonly otherwise?: ReactNode;
}

export const Allowed = ({ act, children, otherwise = null }: AllowedProps) => {
  const may = useMay();
  return may(act) ? children : otherwise;
};

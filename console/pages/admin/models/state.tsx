/** Whether a model is on sale, and why not, in a word. */
import type { ModelRow } from "../../../api/operator.ts";
import { Badge } from "../../../ui/badge.tsx";
import { words } from "./words.ts";

export const ModelState = ({ problem }: { readonly problem: ModelRow["problem"] }) =>
  problem === null ? (
    <Badge tone="good">{words.sale}</Badge>
  ) : (
    <Badge tone={problem === "unpriced" || problem === "shadowed" ? "warn" : "neutral"}>
      {words.problems[problem]}
    </Badge>
  );

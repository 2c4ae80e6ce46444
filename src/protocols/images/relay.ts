/** One request for images on its way to one provider. Types only. */
import type { Usage } from "../../unit.ts";
import type { OperationTarget } from "../operation.ts";
import type { ReplyContext } from "../protocol.ts";
import type { ImageAsk } from "./ask.ts";

export interface ImagesOrder {
  readonly asked: ImageAsk;
  readonly target: OperationTarget;
  readonly context: ReplyContext;
  /** What is held for. */
  readonly most: Usage;
}

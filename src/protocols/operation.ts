/**
 * The seam of calls that are no conversation: embeddings, images, speech, transcriptions. One is read once, in its client's dialect;
 * per attempt it is joined to a provider by a relay like any other. The pipeline asks nothing else of it. Pure.
 */
import type { Unit, Usage } from "../unit.ts";
import type { Ask, ProtocolId, Quirks, Reading, Relay, ReplyContext, StreamFraming } from "./protocol.ts";

/** As rows of requests name them. */
export const OPERATION_IDS = ["embeddings", "images", "speech", "transcriptions"] as const;
export type OperationId = (typeof OPERATION_IDS)[number];

/** How the model is sold, as far as counting cares. */
export interface Sold {
  /** The unit of a model that is sold by the piece; null: by tokens. */
  readonly piece: Unit | null;
  /** Tokens that the model reads at most at once; 0 where nobody says. */
  readonly context: number;
  /** The protocol of the model's own provider; undefined where nothing tells. */
  readonly native: ProtocolId | undefined;
}

/** Where an attempt goes. */
export interface OperationTarget extends Sold {
  /** The provider's name for the model. */
  readonly model: string;
  readonly quirks: Quirks;
}

/** A stream that is not server-sent events, whose failure only the end of the connection can tell. */
export interface RawFraming extends StreamFraming {
  readonly cuts: true;
}

/** One call, read and checked. */
export interface Operation {
  readonly id: OperationId;
  readonly ask: Ask;
  /** What its price may depend on, by the names that variants of prices use. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Protocols over which it can be spoken. */
  readonly speaks: readonly ProtocolId[];
  /** How its stream is put on the wire where that is not as events. */
  readonly framing?: StreamFraming | RawFraming;
  /** The most that it may use: what is held (I-13). */
  most(sold: Sold): Usage;
  /** What it used where the provider does not say (I-35). */
  guess(sold: Sold, reading: Reading): Usage;
  relay(to: ProtocolId, target: OperationTarget, context: ReplyContext): Relay;
}

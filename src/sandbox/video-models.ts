/**
 * What goes wrong with the sandbox's videos, by the model's name, as data: `sandbox/video-moderated`, or any name that ends so. A
 * model without such an ending makes a film in about two seconds.
 */

export type VideoFault =
  | "none"
  | "failed"
  | "moderated"
  | "expired"
  | "stuck"
  | "garbage"
  | "no-usage"
  | "refused"
  | "busy";

interface Fault {
  /** How a job ends: a provider's code, or that its time was over. */
  readonly ending?: string;
  /** How it is refused at once. */
  readonly refusal?: { readonly status: number; readonly code: string };
  /** It runs for ever. */
  readonly isSlow?: true;
  /** The answer that should tell its end cannot be read. */
  readonly garbage?: true;
  /** It succeeds, and nobody says what it used. */
  readonly isUncounted?: true;
}

export const VIDEO_FAULTS: Readonly<Record<VideoFault, Fault>> = {
  none: {},
  failed: { ending: "InternalServiceError" },
  moderated: { ending: "OutputVideoSensitiveContentDetected.PolicyViolation" },
  expired: { ending: "expired" },
  stuck: { isSlow: true },
  garbage: { garbage: true },
  "no-usage": { isUncounted: true },
  refused: { refusal: { status: 400, code: "InputTextSensitiveContentDetected" } },
  busy: { refusal: { status: 429, code: "RateLimitExceeded.EndpointRPMExceeded" } },
};

const PREFIX = "video-";
const isFault = (name: string): name is VideoFault => name !== "none" && Object.hasOwn(VIDEO_FAULTS, name);

export const videoFaultOf = (model: string): VideoFault => {
  const name = model.slice(model.lastIndexOf("/") + 1);
  const fault = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : "";
  return isFault(fault) ? fault : "none";
};

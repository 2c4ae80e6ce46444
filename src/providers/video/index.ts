/** Every way to make videos: a literal, so that a missing one is seen by the compiler and the reader. */
import type { VideoApiId } from "../provider.ts";
import { ark } from "./ark.ts";
import { dashscope } from "./dashscope.ts";
import { veo } from "./veo.ts";
import type { VideoApi } from "./video.ts";

export const VIDEO_APIS = { ark, dashscope, veo } as const satisfies Record<VideoApiId, VideoApi>;

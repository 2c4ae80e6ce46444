/** Legacy completions as providers speak them. Nothing is ever translated into them: a prompt is no conversation. */
import { errors } from "../../errors.ts";
import { upstream as chat } from "../openai-chat/upstream.ts";
import type { UpstreamSide } from "../protocol.ts";

/** @throws GatewayError invalid_value: the model does not take part in conversations */
const refuse = (): never => {
  throw errors.invalidValue(
    "model",
    "names a model that completes prompts and cannot be talked to: use POST /v1/completions",
  );
};

export const upstream: UpstreamSide = {
  ...chat,
  address: () => ({ path: "/completions", headers: {} }),
  write: refuse,
  readReply: refuse,
  reader: refuse,
};

/** Images from a prompt and from other images, in OpenAI's dialect, onto providers of OpenAI's and of Gemini's. */
import type { Usage } from "../../unit.ts";
import type { Operation, Sold } from "../operation.ts";
import { readImages, type ImageAsk, type ImageRoute, type Source } from "./ask.ts";
import { BESIDE_TOKENS, geminiImages } from "./gemini.ts";
import { openaiImages } from "./openai.ts";
import { GEMINI_TOKENS, imageSizeOf, openaiTokens, usualTokens } from "./size.ts";

/** Most tokens that a provider counts for one image of the prompt; and what its template adds. */
const IMAGE_TOKENS = 6_000;
const OVERHEAD = 400;
const BYTES_PER_TOKEN = 4;

const promptBytes = ({ prompt }: ImageAsk): number => Buffer.byteLength(prompt);

/** Masks count like images. */
const imagesIn = ({ imageCount, others }: ImageAsk): number => imageCount + (others.includes("mask") ? 1 : 0);

const mostOf = (asked: ImageAsk, { piece, native }: Sold): Usage => {
  if (piece !== null) return { [piece]: asked.n };
  const { size, quality, partials, n } = asked;
  // Where nobody knows who draws, the dearer of both is held for.
  const image = Math.max(
    native === "gemini" ? 0 : openaiTokens(size, quality, partials),
    native === "openai-chat" ? 0 : GEMINI_TOKENS[imageSizeOf(size, quality)],
  );
  // Gemini is asked once for each image, with the whole prompt.
  const images = imagesIn(asked);
  return {
    input: (promptBytes(asked) + OVERHEAD) * n,
    ...(images === 0 ? {} : { image_input: images * IMAGE_TOKENS * n }),
    image_output: image * n,
    ...(native === "openai-chat" ? {} : { output: BESIDE_TOKENS * n }),
  };
};

const guessOf = (asked: ImageAsk, { piece }: Sold, drawn: number): Usage => {
  if (piece !== null) return { [piece]: drawn };
  const images = imagesIn(asked);
  return {
    input: Math.ceil(promptBytes(asked) / BYTES_PER_TOKEN),
    ...(images === 0 ? {} : { image_input: images * IMAGE_TOKENS }),
    ...(drawn === 0 ? {} : { image_output: drawn * usualTokens(asked.size, asked.quality) }),
  };
};

/** @throws GatewayError invalid_value, url_not_allowed */
export const images = (route: ImageRoute, source: Source): Operation => {
  const asked = readImages(route, source);
  const { size, quality } = asked;
  return {
    id: "images",
    ask: {
      model: asked.model,
      stream: asked.stream,
      choices: asked.n,
      thinkingBudget: 0,
      wantsUsage: true,
      content: {
        textBytes: promptBytes(asked),
        messages: 1,
        tools: 0,
        images: imagesIn(asked),
        files: 0,
        audioBytes: 0,
        unbounded: false,
        cacheWrite: "none",
      },
    },
    attributes: { size, quality, image_size: imageSizeOf(size, quality) },
    speaks: ["openai-chat", "gemini"],
    most: (sold) => mostOf(asked, sold),
    guess: (sold, reading) => reading.usage ?? guessOf(asked, sold, reading.images ?? 0),
    relay: (to, target, context) => {
      const order = { asked, target, context, most: mostOf(asked, target) };
      return to === "gemini" ? geminiImages(order) : openaiImages(order);
    },
  };
};

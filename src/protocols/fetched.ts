/** Content that a request names by its address, and its replacement by what was fetched. */
import type { Chat, FilePart, ImagePart, ToolResultPart, Turn, UserPart } from "./canonical.ts";
import type { FetchedMedia } from "./protocol.ts";

type MediaPart = ImagePart | FilePart;

const isMedia = (part: UserPart): part is MediaPart => part.type === "image" || part.type === "file";

/** Images and files of users' turns, also those within the results of tools. */
const mediaOf = (turns: readonly Turn[]): readonly MediaPart[] =>
  turns.flatMap((turn) => {
    const parts: readonly UserPart[] = turn.role === "user" ? turn.parts : [];
    return parts
      .flatMap((part): readonly UserPart[] => (part.type === "tool_result" ? part.parts : [part]))
      .filter(isMedia);
  });

/** The addresses of content that a protocol does not take by address, each once, in their order. */
export const addressesIn = (chat: Chat, takes: (part: MediaPart, url: string) => boolean): readonly string[] => {
  const urls = mediaOf(chat.turns).flatMap((part) =>
    part.media.kind === "url" && !takes(part, part.media.url) ? [part.media.url] : [],
  );
  return [...new Set(urls)];
};

/** What was fetched says what it is: an address tells no image from a document. */
const replaced = (part: MediaPart, fetched: FetchedMedia): MediaPart => {
  const media = part.media.kind === "url" ? fetched.get(part.media.url) : undefined;
  if (media === undefined) return part;
  const { cache } = part;
  const kept = cache === undefined ? {} : { cache };
  if (media.mediaType.startsWith("image/"))
    return { ...(part.type === "image" ? part : {}), type: "image", media, ...kept };
  return { ...(part.type === "file" ? part : {}), type: "file", media, ...kept };
};

const resultWith = (result: ToolResultPart, fetched: FetchedMedia): ToolResultPart => ({
  ...result,
  parts: result.parts.map((part) => (isMedia(part) ? replaced(part, fetched) : part)),
});

const userPartWith = (part: UserPart, fetched: FetchedMedia): UserPart => {
  if (part.type === "tool_result") return resultWith(part, fetched);
  return isMedia(part) ? replaced(part, fetched) : part;
};

/** The conversation with content in place of the addresses that were fetched. */
export const withFetched = (chat: Chat, fetched: FetchedMedia): Chat => ({
  ...chat,
  turns: chat.turns.map((turn) =>
    turn.role === "user" ? { ...turn, parts: turn.parts.map((part) => userPartWith(part, fetched)) } : turn,
  ),
});

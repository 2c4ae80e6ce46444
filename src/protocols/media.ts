/** Data URLs to and from canonical media. */
import type { Media } from "./canonical.ts";

const SCHEME = "data:";
const BASE64 = ";base64";

/** What a text without a media type is, by the definition of data URLs. */
const DEFAULT_TYPE = "text/plain";

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** A `data:` URL as base64 with its media type; anything else is taken for an address. */
export const mediaOf = (url: string): Media => {
  const comma = url.indexOf(",");
  if (comma < 0 || url.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return { kind: "url", url };
  const head = url.slice(SCHEME.length, comma);
  const data = url.slice(comma + 1);
  const end = head.indexOf(";");
  const mediaType = (end < 0 ? head : head.slice(0, end)).toLowerCase() || DEFAULT_TYPE;
  if (head.toLowerCase().endsWith(BASE64)) return { kind: "base64", mediaType, data };
  return { kind: "base64", mediaType, data: Buffer.from(decoded(data)).toString("base64") };
};

/** The address of media, which for bytes is a `data:` URL. */
export const urlOf = (media: Media): string =>
  media.kind === "url" ? media.url : `${SCHEME}${media.mediaType}${BASE64},${media.data}`;

/** The text of a text file; undefined for any other media. */
export const textFileOf = (media: Media): string | undefined =>
  media.kind === "base64" && media.mediaType.startsWith("text/")
    ? Buffer.from(media.data, "base64").toString("utf8")
    : undefined;

/** A text as a file. */
export const fileOfText = (text: string): Media => ({
  kind: "base64",
  mediaType: DEFAULT_TYPE,
  data: Buffer.from(text).toString("base64"),
});

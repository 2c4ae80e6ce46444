/** What content is, by its first bytes: the formats that providers take as images or documents. Pure. */

/** Bytes at an offset, as Latin-1. */
type Sign = readonly [at: number, bytes: string];

const SIGNS: readonly { readonly mediaType: string; readonly signs: readonly Sign[] }[] = [
  { mediaType: "image/png", signs: [[0, "\x89PNG\r\n\x1a\n"]] },
  { mediaType: "image/jpeg", signs: [[0, "\xff\xd8\xff"]] },
  { mediaType: "image/gif", signs: [[0, "GIF87a"]] },
  { mediaType: "image/gif", signs: [[0, "GIF89a"]] },
  {
    mediaType: "image/webp",
    signs: [
      [0, "RIFF"],
      [8, "WEBP"],
    ],
  },
  { mediaType: "image/heic", signs: [[4, "ftypheic"]] },
  { mediaType: "image/heif", signs: [[4, "ftypmif1"]] },
  { mediaType: "application/pdf", signs: [[0, "%PDF-"]] },
];

/** The media type of content; undefined for what is none of these, whatever it calls itself. */
export const mediaTypeOf = (content: Buffer): string | undefined =>
  SIGNS.find(({ signs }) => signs.every(([at, bytes]) => content.toString("latin1", at, at + bytes.length) === bytes))
    ?.mediaType;

/** The built console as it lies in memory: read once at start, with the compressed forms that the build made beside each file. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import { table } from "../table.ts";

/** A build that is larger is not one of ours. */
const MAX_FILES = 4_000;
const MAX_BYTES = 128 * 1024 * 1024;

const TYPES = table({
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
});

/** Encodings by their names in a header, best first, and how the build names their files. */
const ENCODINGS = [
  { name: "br", ending: ".br" },
  { name: "gzip", ending: ".gz" },
] as const;
type Encoding = (typeof ENCODINGS)[number]["name"];

export interface BuiltFile {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly packed: Readonly<Partial<Record<Encoding, Buffer>>>;
}

/** Thrown when console/dist holds more than a build of ours would. */
export class BuildTooLarge extends Error {
  override readonly name = "BuildTooLarge";
  constructor() {
    super(`console/dist holds more than ${MAX_FILES} files or ${MAX_BYTES} bytes. Remove it and start again.`);
  }
}

const isPacked = (name: string): boolean => ENCODINGS.some(({ ending }) => name.endsWith(ending));

/** A strong ETag of some bytes. */
export const etagOf = (bytes: Buffer): string =>
  `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 27)}"`;

const namesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(path.join(folder, name)).isFile(),
  );

/** Every file of a build by its path with slashes, such as `assets/index-abc.js`; none when there is no build. @throws BuildTooLarge */
export const readBuild = (folder: string): ReadonlyMap<string, BuiltFile> => {
  const files = new Map<string, BuiltFile>();
  if (!existsSync(folder)) return files;
  const names = namesIn(folder);
  const bytesOf = new Map<string, Buffer>();
  let total = 0;
  if (names.length > MAX_FILES) throw new BuildTooLarge();
  for (const name of names) {
    total += statSync(path.join(folder, name)).size;
    if (total > MAX_BYTES) throw new BuildTooLarge();
    bytesOf.set(name, readFileSync(path.join(folder, name)));
  }
  for (const [name, bytes] of bytesOf) {
    const type = TYPES[path.extname(name)];
    // What has no type of ours (the stamp of the build, for one) is not served.
    if (type === undefined || isPacked(name) || path.basename(name).startsWith(".")) continue;
    const packed: Partial<Record<Encoding, Buffer>> = {};
    for (const { name: encoding, ending } of ENCODINGS) {
      const form = bytesOf.get(`${name}${ending}`);
      if (form !== undefined && form.length < bytes.length) packed[encoding] = form;
    }
    files.set(name.split(path.sep).join("/"), { type, etag: etagOf(bytes), bytes, packed });
  }
  return files;
};

/** What a client takes: `gzip;q=0` is a no, anything else that names an encoding a yes. */
const takes = (accepted: string, encoding: string): boolean =>
  accepted.split(",").some((part) => {
    const [name = "", ...parameters] = part.toLowerCase().split(";");
    if (name.trim() !== encoding) return false;
    return !parameters.some((parameter) => {
      const [key = "", value = ""] = parameter.split("=");
      return key.trim() === "q" && Number(value) === 0;
    });
  });

/** The form of a file to send. @param accepted the `accept-encoding` header */
export const formOf = (
  file: BuiltFile,
  accepted: string,
): { readonly bytes: Buffer; readonly encoding: Encoding | null } => {
  for (const { name } of ENCODINGS) {
    const bytes = file.packed[name];
    if (bytes !== undefined && takes(accepted, name)) return { bytes, encoding: name };
  }
  return { bytes: file.bytes, encoding: null };
};

/** What the console shows before it asks for anything: its pages, its files, and the storefront's colours and logo. */
import type { Exchange, FlatHeaders } from "../http/exchange.ts";
import type { Installation } from "../settings/installation.ts";
import { brandCss, logoOf } from "./brand.ts";
import { etagOf, formOf, type BuiltFile } from "./files.ts";
import { SANDBOX_POLICY, withPolicy } from "./headers.ts";
import { CONSOLE_PREFIX, isPagePath } from "./pages.ts";

const INDEX = "index.html";
const ASSETS = "assets/";
const BRAND = "brand.css";
const LOGO = "logo";

/** Files whose name says what is in them never change; everything else is asked for again, and answered by its ETag. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ASK_AGAIN = "no-cache";

export interface Statics {
  readonly files: ReadonlyMap<string, BuiltFile>;
  readonly installation: () => Installation;
  /** Of every answer. */
  readonly headers: FlatHeaders;
}

interface Sent {
  readonly type: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly encoding: string | null;
  readonly cache: string;
  readonly headers: FlatHeaders;
}

/** True when one of the client's ETags is this one; a proxy that compressed on its way marks it as weak. */
const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header
    .slice(0, 1_024)
    .split(",")
    .some((one) => one.trim().replace(/^W\//, "") === etag);

const send = (exchange: Exchange, { type, etag, bytes, encoding, cache, headers }: Sent): void => {
  const all = [...headers, "cache-control", cache, "etag", etag, "vary", "accept-encoding"];
  if (isKnown(exchange.headers["if-none-match"], etag)) {
    exchange.reply(304, "", all);
    return;
  }
  if (encoding !== null) all.push("content-encoding", encoding);
  exchange.reply(200, bytes, [...all, "content-type", type]);
};

const sendFile = ({ headers }: Statics, exchange: Exchange, file: BuiltFile, cache: string): void => {
  const { bytes, encoding } = formOf(file, exchange.headers["accept-encoding"] ?? "");
  const etag = encoding === null ? file.etag : `${file.etag.slice(0, -1)}-${encoding}"`;
  send(exchange, { type: file.type, etag, bytes, encoding, cache, headers });
};

/** What a storefront brings is small and made anew when asked for: it changes with the settings. */
const sendBrand = ({ installation, headers }: Statics, exchange: Exchange, name: typeof BRAND | typeof LOGO): void => {
  const { brand } = installation().storefront;
  const logo = name === LOGO ? logoOf(brand) : { type: "text/css; charset=utf-8", bytes: Buffer.from(brandCss(brand)) };
  const own = name === LOGO ? withPolicy(headers, SANDBOX_POLICY) : headers;
  send(exchange, { ...logo, etag: etagOf(logo.bytes), encoding: null, cache: ASK_AGAIN, headers: own });
};

/** Only GET and HEAD read. */
const reads = ({ method }: Exchange): boolean => method === "GET" || method === "HEAD";

/** True when a browser asks for a page of the console. A client that probes `/` takes anything but HTML, and gets what it got before. */
export const isPage = (exchange: Exchange): boolean =>
  reads(exchange) && exchange.headers.accept?.includes("text/html") === true && isPagePath(exchange.path);

/** Answers with the page that shows all pages. @returns false when the console was not built */
export const servePage = (statics: Statics, exchange: Exchange): boolean => {
  const index = statics.files.get(INDEX);
  if (index === undefined) return false;
  exchange.route = "page";
  sendFile(statics, exchange, index, ASK_AGAIN);
  return true;
};

/** Answers a file below `/console/`. @returns false when there is none of this name */
export const serveFile = (statics: Statics, exchange: Exchange): boolean => {
  const name = exchange.path.slice(CONSOLE_PREFIX.length);
  if (!reads(exchange)) return false;
  if (name === BRAND || name === LOGO) {
    exchange.route = "/console/brand";
    sendBrand(statics, exchange, name);
    return true;
  }
  const file = name === INDEX ? undefined : statics.files.get(name);
  if (file === undefined) return false;
  exchange.route = "/console/assets";
  sendFile(statics, exchange, file, name.startsWith(ASSETS) ? FOR_EVER : ASK_AGAIN);
  return true;
};

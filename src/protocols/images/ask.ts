/** A request for images as OpenAI's dialect puts it: as JSON, or as a form where it brings images along. */
import { errors } from "../../errors.ts";
import { isHarmless } from "../address.ts";
import type { Json, Media } from "../canonical.ts";
import { fieldOf, type FormParts } from "../form.ts";
import { mediaOf } from "../media.ts";
import { checkModelName, Params, REFUSALS } from "../params.ts";
import type { Call } from "../protocol.ts";
import { isObject, listOf } from "../value.ts";

export type ImageRoute = "generations" | "edits";

/** What OpenAI takes at most. */
export const MAX_IMAGES = 10;
const MAX_SOURCES = 16;
const MAX_PROMPT = 32_000;
const MAX_PARTIALS = 3;
const FORMATS = ["url", "b64_json"];

/** How the bytes of the request came. */
export type Source =
  | { readonly kind: "json"; readonly call: Call }
  | { readonly kind: "form"; readonly form: FormParts };

/** What every provider can be asked for, and the request itself. */
export interface ImageAsk {
  readonly route: ImageRoute;
  readonly source: Source;
  readonly model: string;
  readonly prompt: string;
  readonly n: number;
  /** As sent; `auto` where nothing was. */
  readonly size: string;
  readonly quality: string;
  /** The client wants addresses, which for bytes are `data:` URLs. */
  readonly wantsUrl: boolean;
  readonly stream: boolean;
  readonly partials: number;
  /** How many images it brings, and they in their order: base64, of which a provider of the same dialect needs none. */
  readonly imageCount: number;
  images(): readonly Media[];
  /** Names of what else it says. */
  readonly others: readonly string[];
}

/** Members that are carried to every provider. */
const CARRIED: ReadonlySet<string> = new Set(
  "model prompt n size quality response_format stream image image[] images".split(" "),
);

/** The parameters of a request, wherever they stand. */
interface Fields {
  text(name: string): string | undefined;
  integer(name: string, least: number, most: number): number | undefined;
  boolean(name: string): boolean | undefined;
  names(): readonly string[];
}

const digitsOnly = (text: string): boolean => {
  for (const char of text) if (char < "0" || char > "9") return false;
  return text !== "";
};

/** A form's parameters are texts. */
const formFields = (form: FormParts): Fields => ({
  text: (name) => fieldOf(form, name),
  integer: (name, least, most) => {
    const text = fieldOf(form, name);
    if (text === undefined) return undefined;
    const value = digitsOnly(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most))
      throw errors.invalidValue(name, `must be an integer between ${least} and ${most}`);
    return value;
  },
  boolean: (name) => {
    const text = fieldOf(form, name);
    if (text === undefined) return undefined;
    if (text !== "true" && text !== "false") throw errors.invalidValue(name, "must be true or false");
    return text === "true";
  },
  names: () => [...form.fields.map(([name]) => name), ...form.files.map(({ field }) => field)],
});

const jsonFields = (call: Call): Fields => {
  const params = new Params(call.body, call.scan);
  return {
    text: (name) => {
      const text = params.text(name);
      if (text === undefined && params.has(name)) throw errors.invalidValue(name, "must be a string");
      return text;
    },
    // Null is nothing here, as the official clients send it.
    integer: (name, least, most) => (params.has(name) ? params.integer(name, least, most) : undefined),
    boolean: (name) => params.boolean(name),
    names: () => [...call.scan.members.keys()].filter((name) => params.has(name)),
  };
};

/** One image of a JSON request: an address, a `data:` URL, or an object that holds one. @throws GatewayError */
const sourceOf = (value: Json, path: string): Media => {
  if (isObject(value) && value["file_id"] !== undefined)
    throw errors.invalidValue(`${path}.file_id`, REFUSALS.providerObject);
  const url = isObject(value) ? value["image_url"] : value;
  if (typeof url !== "string") throw errors.invalidValue(path, "must hold an image_url");
  const media = mediaOf(url);
  if (media.kind === "url" && !isHarmless(media.url)) throw errors.urlNotAllowed(path);
  return media;
};

const jsonImages = (call: Call): readonly Media[] => {
  const { scan } = call;
  if (!scan.members.has("images") && !scan.members.has("image")) return [];
  const { images, image } = call.json();
  const one = image === undefined || image === null ? [] : Array.isArray(image) ? (image as readonly Json[]) : [image];
  return [
    ...listOf(images).map((value, i) => sourceOf(value, `images[${i}]`)),
    ...one.map((value) => sourceOf(value, "image")),
  ];
};

const IMAGE_FIELDS = ["image", "image[]", "images", "images[]"];

const formImages = ({ files }: FormParts): (() => Media)[] =>
  files
    .filter(({ field }) => IMAGE_FIELDS.includes(field))
    .map(({ mediaType, bytes }) => () => ({ kind: "base64", mediaType, data: bytes.toString("base64") }));

/** Reads and checks a request. @throws GatewayError invalid_value, url_not_allowed */
export const readImages = (route: ImageRoute, source: Source): ImageAsk => {
  const fields = source.kind === "json" ? jsonFields(source.call) : formFields(source.form);
  const model = fields.text("model") ?? "";
  checkModelName(model);
  const prompt = fields.text("prompt") ?? "";
  if (prompt === "") throw errors.invalidValue("prompt", "is required");
  if (prompt.length > MAX_PROMPT) throw errors.invalidValue("prompt", `must be at most ${MAX_PROMPT} characters`);
  const images = source.kind === "json" ? jsonImages(source.call).map((media) => () => media) : formImages(source.form);
  if (images.length > MAX_SOURCES) throw errors.invalidValue("image", `must be at most ${MAX_SOURCES} images`);
  if (route === "edits" && images.length === 0) throw errors.invalidValue("image", "is required");
  const format = fields.text("response_format");
  if (format !== undefined && !FORMATS.includes(format))
    throw errors.invalidValue("response_format", `must be one of: ${FORMATS.join(", ")}`);
  const stream = fields.boolean("stream") ?? false;
  const n = fields.integer("n", 1, MAX_IMAGES) ?? 1;
  if (stream && n > 1) throw errors.invalidValue("n", "must be 1 in a stream");
  return {
    route,
    source,
    model,
    prompt,
    n,
    size: fields.text("size") ?? "auto",
    quality: fields.text("quality") ?? "auto",
    wantsUrl: format === "url",
    stream,
    partials: fields.integer("partial_images", 0, MAX_PARTIALS) ?? 0,
    imageCount: images.length,
    images: () => images.map((media) => media()),
    others: fields.names().filter((name) => !CARRIED.has(name)),
  };
};

/**
 * Reads a form with files (`multipart/form-data`) out of a body that was bounded in bytes already: bounded in parts, names and heads,
 * and in small steps, so that a large form does not keep other requests waiting.
 */
import { Busboy, type BusboyFileStream, type BusboyInstance } from "@fastify/busboy";

import { errors, type GatewayError } from "../errors.ts";

export interface FormFile {
  /** Name of its field. */
  readonly field: string;
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Form {
  /** Fields that are no files, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly FormFile[];
}

/** Most parts of each kind; and the sizes of a name, a value and a part's head in bytes. */
const LIMITS = {
  files: 17,
  fields: 64,
  fieldNameSize: 128,
  fieldSize: 256 * 1024,
  headerPairs: 16,
  headerSize: 8 * 1024,
} as const;

/** Bytes that are read before others have their turn. */
const STEP_BYTES = 1024 * 1024;
const FORM_TYPE = "multipart/form-data";

const malformed = (): GatewayError => errors.invalidValue("body", "is not a well-formed multipart/form-data body");

class FormReader {
  readonly #fields: [string, string][] = [];
  readonly #files: FormFile[] = [];
  readonly #busboy: BusboyInstance;
  readonly #done = Promise.withResolvers<Form>();

  /** @throws GatewayError invalid_value for a type without a boundary */
  constructor(contentType: string) {
    try {
      this.#busboy = new Busboy({ headers: { "content-type": contentType }, limits: LIMITS });
    } catch {
      throw malformed();
    }
    const tooMany = (what: string, most: number) => () =>
      this.#fail(errors.invalidValue("body", `must have at most ${most} ${what}`));
    this.#busboy.on("field", (name, value, nameCut, valueCut) => this.#field(name, value, nameCut || valueCut));
    this.#busboy.on("file", (...[field, stream, filename, , mediaType]) =>
      this.#file({ field, filename, mediaType }, stream),
    );
    this.#busboy.on("filesLimit", tooMany("files", LIMITS.files));
    this.#busboy.on("fieldsLimit", tooMany("fields", LIMITS.fields));
    this.#busboy.on("error", () => this.#fail(malformed()));
    this.#busboy.on("finish", () => this.#done.resolve({ fields: this.#fields, files: this.#files }));
  }

  async read(body: Buffer): Promise<Form> {
    this.#done.promise.catch(() => undefined);
    for (let at = 0; at < body.length; at += STEP_BYTES) {
      this.#busboy.write(body.subarray(at, at + STEP_BYTES));
      if (at + STEP_BYTES < body.length) await new Promise(setImmediate);
    }
    this.#busboy.end();
    return await this.#done.promise;
  }

  #fail(error: GatewayError): void {
    this.#done.reject(error);
  }

  #field(name: string, value: string, isCut: boolean): void {
    if (isCut) this.#fail(errors.invalidValue(name, `must be at most ${LIMITS.fieldSize} bytes`));
    else this.#fields.push([name, value]);
  }

  #file(file: Omit<FormFile, "bytes">, stream: BusboyFileStream): void {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("error", () => this.#fail(malformed()));
    stream.on("end", () => {
      const [only] = parts;
      this.#files.push({ ...file, bytes: parts.length === 1 && only !== undefined ? only : Buffer.concat(parts) });
    });
  }
}

/**
 * The parts of a form.
 * @param contentType the request's header, with the boundary
 * @throws GatewayError unsupported_media for another type, invalid_value for what is no form, or too much of one
 */
export const readForm = async (body: Buffer, contentType: string | undefined): Promise<Form> => {
  const type = contentType ?? "";
  if (type.split(";")[0]?.trim().toLowerCase() !== FORM_TYPE) throw errors.formExpected();
  return await new FormReader(type).read(body);
};

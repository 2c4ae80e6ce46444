/** Forms with files as calls carry them: the parts as they were read, and the same as a body for a provider. Pure. */
import type { Outgoing } from "./protocol.ts";

export interface FormPart {
  /** Name of its field. */
  readonly field: string;
  readonly filename: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface FormParts {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly FormPart[];
}

/** A name within a head, in the form that browsers give it: what would end it is escaped. */
const quoted = (text: string): string =>
  text.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll("\0", "");

const visible = (mediaType: string): string => {
  for (let i = 0; i < mediaType.length; i++) {
    const code = mediaType.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return "application/octet-stream";
  }
  return mediaType;
};

/** The value of a field, the last where it comes twice; undefined where it is absent. */
export const fieldOf = ({ fields }: FormParts, name: string): string | undefined =>
  fields.findLast(([field]) => field === name)?.[1];

/**
 * A form as the body of a request.
 * @param boundary must be in none of its parts: something that nobody could foresee
 */
export const writeForm = (form: FormParts, boundary: string): Pick<Outgoing, "headers" | "body"> => {
  const body: Buffer[] = [];
  const open = (head: string): void =>
    void body.push(Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n\r\n`));
  const close = (): void => void body.push(Buffer.from("\r\n"));
  for (const [name, value] of form.fields) {
    open(`name="${quoted(name)}"`);
    body.push(Buffer.from(value));
    close();
  }
  for (const { field, filename, mediaType, bytes } of form.files) {
    open(`name="${quoted(field)}"; filename="${quoted(filename)}"\r\ncontent-type: ${visible(mediaType)}`);
    body.push(bytes);
    close();
  }
  body.push(Buffer.from(`--${boundary}--\r\n`));
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, body };
};

/** A boundary that no sender of content could foresee. @param requestId made by us, after the content was sent */
export const boundaryFor = (requestId: string): string => `----farthing-${requestId}`;

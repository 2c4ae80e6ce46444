/** Forms: whatever was written is read again; what is none, or too much of one, is refused; and a large one lets others have their turn. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GatewayError } from "../src/errors.ts";
import { boundaryFor, writeForm, type FormParts } from "../src/protocols/form.ts";
import { readForm } from "../src/http/form.ts";

const BOUNDARY = boundaryFor("req_0192");

const written = (form: FormParts): readonly [Buffer, string] => {
  const { headers, body } = writeForm(form, BOUNDARY);
  return [Buffer.concat(body), headers["content-type"] ?? ""];
};

const codeOf = async (reading: Promise<unknown>): Promise<string> => {
  try {
    await reading;
    return "none";
  } catch (error) {
    return error instanceof GatewayError ? error.code : "another error";
  }
};

const name = fc.string({ unit: fc.constantFrom("a", "b", "[", "]", "-", "_"), minLength: 1, maxLength: 12 });
const parts = fc.record({
  fields: fc.array(fc.tuple(name, fc.string({ unit: "grapheme", maxLength: 40 })), { maxLength: 5 }),
  files: fc.array(
    fc.record({
      field: name,
      filename: fc.constantFrom("a.png", "b b.wav"),
      mediaType: fc.constantFrom("image/png", "audio/wav"),
      bytes: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    }),
    { maxLength: 4 },
  ),
});

describe("readForm", () => {
  it("reads what writeForm writes", async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (form) => {
        const { fields, files } = await readForm(...written(form));
        expect(fields).toEqual(form.fields);
        expect(files).toEqual(form.files);
      }),
      { numRuns: 150 },
    );
  });

  it("a name cannot end its own head", async () => {
    const evil = 'x"\r\ncontent-type: text/html\r\n\r\n<b>';
    const file = { field: "file", filename: evil, mediaType: "image/png\r\nx: y", bytes: Buffer.from("1") };
    const { files, fields } = await readForm(...written({ fields: [], files: [file] }));
    expect([files.length, fields.length, files[0]?.bytes.toString()]).toEqual([1, 0, "1"]);
    expect(files[0]?.mediaType).toBe("application/octet-stream");
  });

  const many = (fields: number, files: number): FormParts => ({
    fields: Array.from({ length: fields }, (_, i) => [`f${i}`, "x"] as const),
    files: Array.from({ length: files }, (_, i) => ({
      field: "image[]",
      filename: `${i}`,
      mediaType: "image/png",
      bytes: Buffer.from("x"),
    })),
  });

  it.each<[string, () => readonly [Buffer, string | undefined], string]>([
    ["no type", () => [Buffer.from("x"), undefined], "unsupported_media"],
    ["JSON", () => [Buffer.from("{}"), "application/json"], "unsupported_media"],
    ["no boundary", () => [Buffer.from("x"), "multipart/form-data"], "invalid_value"],
    ["nothing in it", () => [Buffer.alloc(0), `multipart/form-data; boundary=${BOUNDARY}`], "invalid_value"],
    ["no end", () => [written(many(1, 1))[0].subarray(0, -6), written(many(1, 1))[1]], "invalid_value"],
    ["another boundary", () => [written(many(1, 1))[0], "multipart/form-data; boundary=other"], "invalid_value"],
    ["18 files", () => written(many(0, 18)), "invalid_value"],
    ["65 fields", () => written(many(65, 0)), "invalid_value"],
    [
      "a field of a megabyte",
      () => written({ fields: [["prompt", "x".repeat(1_000_000)]], files: [] }),
      "invalid_value",
    ],
  ])("refuses %s", async (_name, make, code) => {
    const [body, type] = make();
    expect(await codeOf(readForm(body, type))).toBe(code);
  });

  it("lets others have their turn while it reads", async () => {
    const bytes = Buffer.alloc(8 * 1024 * 1024, 7);
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    const reading = readForm(
      ...written({ fields: [], files: [{ field: "f", filename: "f", mediaType: "image/png", bytes }] }),
    );
    const { files } = await reading;
    clearInterval(turn);
    expect(files[0]?.bytes.equals(bytes)).toBe(true);
    expect(turns).toBeGreaterThan(0);
  });
});

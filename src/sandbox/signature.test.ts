import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isRedacted, isSigned, redact, sign } from "./signature.ts";

describe("a signature", () => {
  it("fits its own thinking, shown or omitted, and nothing else", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (thought, other) => {
        expect(isSigned(sign(thought, thought), thought)).toBe(true);
        expect(isSigned(sign(thought, ""), "")).toBe(true);
        expect(isSigned(sign(thought, thought), other)).toBe(other === thought);
      }),
    );
  });

  it.each(["", "AAAA", sign("a", "a").slice(0, -8), `${sign("a", "a")}AAAA`])("is not %j", (signature) => {
    expect(isSigned(signature, "a")).toBe(false);
  });

  it("of redacted thinking breaks with one letter", () => {
    const data = redact("secret");
    expect(isRedacted(data)).toBe(true);
    expect(isRedacted(redact("secreT"))).toBe(true);
    const bytes = Buffer.from(data, "base64");
    bytes[14] = (bytes[14] ?? 0) ^ 1;
    expect(isRedacted(bytes.toString("base64"))).toBe(false);
  });
});

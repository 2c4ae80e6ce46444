import { describe, expect, it } from "vitest";

import { hashClaimCode, newClaimCode } from "./claim.ts";

describe("claim codes", () => {
  it("hold 128 bits and are never the same", () => {
    const codes = new Set(Array.from({ length: 1000 }, newClaimCode));
    expect(codes.size).toBe(1000);
    for (const code of codes) expect(code.replaceAll("-", "")).toHaveLength(26);
  });

  it("hash alike however they are typed, and differ otherwise", () => {
    const code = newClaimCode();
    expect(hashClaimCode(` ${code.toLowerCase().replaceAll("-", " ")} `)).toEqual(hashClaimCode(code));
    expect(hashClaimCode(newClaimCode())).not.toEqual(hashClaimCode(code));
  });
});

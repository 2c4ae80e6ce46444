/** Property tests try the same cases in every run (decision 0039), also where they state how many. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const casesOf = (parameters: fc.Parameters<[number]>): number[] => {
  const tried: number[] = [];
  fc.assert(
    fc.property(fc.integer(), (number) => void tried.push(number)),
    parameters,
  );
  return tried;
};

describe.runIf((process.env["FARTHING_SEED"] ?? "") === "")("the cases of a property", () => {
  it.each<[string, fc.Parameters<[number]>]>([
    ["by default", {}],
    ["of a test that states how many", { numRuns: 20 }],
    ["of a test that ends at the first failure", { numRuns: 20, endOnFailure: true }],
  ])("%s are the same twice", (_name, parameters) => {
    expect(casesOf(parameters)).toEqual(casesOf(parameters));
  });

  it("are those of this seed, in whichever process and file", () => {
    expect(casesOf({ numRuns: 5 })).toEqual([17, 2_041_580_015, 1_889_377_493, 27, -1_858_372_316]);
  });

  it("are others for a seed that a test states", () => {
    expect(casesOf({ numRuns: 20, seed: 1 })).not.toEqual(casesOf({ numRuns: 20 }));
  });
});

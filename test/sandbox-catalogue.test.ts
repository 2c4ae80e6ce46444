/** The sandbox's models are ordinary catalogue files: as many as the sandbox has behaviours, under the same names. */
import { expect, it } from "vitest";

import { loadCatalog } from "../src/catalog/load.ts";
import { SANDBOX_MODELS } from "../src/sandbox/models.ts";
import { VIDEO_FAULTS } from "../src/sandbox/video-models.ts";

it("has a catalogue file for each behaviour of the sandbox, and a behaviour for each file", () => {
  const files = [...loadCatalog().values()].filter((entry) => entry.provider === "sandbox").map((entry) => entry.id);
  const videos = Object.keys(VIDEO_FAULTS).map((fault) => (fault === "none" ? "video" : `video-${fault}`));
  const behaviours = [...Object.keys(SANDBOX_MODELS), ...videos].map((name) => `sandbox/${name}`);
  expect(files.sort()).toEqual(behaviours.sort());
});

/** The registry is complete and every provider's data is usable as it stands. */
import { describe, expect, it } from "vitest";

import { PROTOCOL_IDS, QUIRK_IDS } from "../protocols/protocol.ts";
import { findProvider, PROVIDERS } from "./index.ts";
import type { Provider } from "./provider.ts";

const all: readonly (readonly [string, Provider])[] = Object.entries(PROVIDERS);

describe("PROVIDERS", () => {
  it.each(all)("%s is keyed by its id and has usable data", (key, provider) => {
    expect(provider.id).toBe(key);
    expect(findProvider(key)).toBe(provider);
    expect(provider.baseUrl ?? "https://none").toMatch(/^https:\/\/[a-z0-9.-]+(\/[a-z0-9-]+)*$/);
    for (const surface of provider.surfaces) {
      expect(PROTOCOL_IDS).toContain(surface.protocol);
      expect(surface.prefix).toMatch(/^(\/[a-z0-9-]+)*$/);
      for (const quirk of Object.keys(surface.quirks)) expect(QUIRK_IDS).toContain(quirk);
    }
  });

  it("has no two surfaces of one protocol in a provider", () => {
    for (const [, provider] of all) {
      const protocols = provider.surfaces.map((surface) => surface.protocol);
      expect(new Set(protocols).size).toBe(protocols.length);
    }
  });

  it("has an address and a variable of its own for whatever a variable switches on", () => {
    const variables = all.flatMap(([, provider]) => (provider.env === null ? [] : [provider.env]));
    expect(new Set(variables).size).toBe(variables.length);
    for (const [, provider] of all) expect(provider.env === null).toBe(provider.baseUrl === null);
  });

  it("finds nothing under inherited names", () => {
    for (const name of ["constructor", "toString", "__proto__", ""]) expect(findProvider(name)).toBeUndefined();
  });
});

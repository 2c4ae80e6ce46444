import { describe, expect, it } from "vitest";

import { isFromOurPages, isUnsafe } from "./same-site.ts";

const PUBLIC = "https://ai.example";

describe("a request that changes something (F120)", () => {
  it.each([
    { name: "our page", fetchSite: "same-origin", origin: PUBLIC, host: "ai.example", ours: true },
    { name: "our page in an older browser", fetchSite: null, origin: PUBLIC, host: "ai.example", ours: true },
    {
      name: "our page at an address nobody configured",
      fetchSite: null,
      origin: "http://192.0.2.1:8080",
      host: "192.0.2.1:8080",
      ours: true,
    },
    {
      name: "our page behind a proxy that changes the host",
      fetchSite: "same-origin",
      origin: PUBLIC,
      host: "10.0.0.1:8080",
      ours: true,
    },
    { name: "another site", fetchSite: "cross-site", origin: "https://evil.example", host: "ai.example", ours: false },
    {
      name: "another site in an older browser",
      fetchSite: null,
      origin: "https://evil.example",
      host: "ai.example",
      ours: false,
    },
    { name: "a sibling", fetchSite: "same-site", origin: "https://evil.ai.example", host: "ai.example", ours: false },
    {
      name: "our address by another scheme",
      fetchSite: null,
      origin: "http://ai.example:81",
      host: "ai.example",
      ours: false,
    },
    { name: "no origin", fetchSite: null, origin: null, host: "ai.example", ours: false },
    {
      name: "no origin from a browser that should have one",
      fetchSite: "same-origin",
      origin: null,
      host: "ai.example",
      ours: false,
    },
    { name: "an opaque origin", fetchSite: null, origin: "null", host: "ai.example", ours: false },
    { name: "a typed address", fetchSite: "none", origin: PUBLIC, host: "ai.example", ours: false },
    {
      name: "an origin that ends like ours",
      fetchSite: null,
      origin: "https://xai.example",
      host: "ai.example",
      ours: false,
    },
    { name: "text that is no origin", fetchSite: null, origin: "ai.example", host: "ai.example", ours: false },
  ])("$name: $ours", ({ ours, name: _name, ...sender }) => {
    expect(isFromOurPages(sender, PUBLIC)).toBe(ours);
  });

  it("only reading is safe", () => {
    expect(["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"].filter(isUnsafe)).toEqual([
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
    ]);
  });
});

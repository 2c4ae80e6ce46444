/** DESIGN §9.7, §9.8 and D89: what a request target means. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { pathReader, splitTarget } from "./path.ts";

const read = pathReader({
  mounts: ["", "/api", "/api/proxy"],
  endpoints: ["chat/completions", "messages", "messages/count_tokens", "responses", "embeddings", "video/generations"],
});

describe("splitTarget", () => {
  it.each([
    ["/v1/messages", "/v1/messages", ""],
    ["/v1/messages?beta=true", "/v1/messages", "beta=true"],
    ["/v1/messages?", "/v1/messages", ""],
    ["/a?b?c=d", "/a", "b?c=d"],
    ["/", "/", ""],
  ])("%s", (target, path, query) => {
    expect(splitTarget(target)).toEqual({ path, query });
  });
});

describe("pathReader", () => {
  it.each([
    ["/v1/messages", "/v1/messages"],
    ["/api/v1/messages", "/v1/messages"],
    ["/api/proxy/v1/messages", "/v1/messages"],
    ["/v1/v1/messages", "/v1/messages"],
    ["/v1/v1/v1/messages", "/v1/messages"],
    ["/api/v1/v1/chat/completions", "/v1/chat/completions"],
    ["/api/proxy/v1/v1/chat/completions", "/v1/chat/completions"],
    ["/v1/messages/v1/messages", "/v1/messages"],
    ["/v1/messages/messages", "/v1/messages"],
    ["/v1/chat/completions/chat/completions", "/v1/chat/completions"],
    ["/v1/chat/completions/v1/chat/completions", "/v1/chat/completions"],
    ["//v1//messages", "/v1/messages"],
    ["/v1/messages/", "/v1/messages"],
    ["/%761/messages", "/v1/messages"],
    ["/v1/m%65ssages", "/v1/messages"],
    ["/messages", "/v1/messages"],
    ["/chat/completions", "/v1/chat/completions"],
    ["/messages/count_tokens", "/v1/messages/count_tokens"],
    ["/v1beta/models/gemini:generateContent", "/v1beta/models/gemini:generateContent"],
    ["/v1beta/v1beta/models/gemini:generateContent", "/v1beta/models/gemini:generateContent"],
    ["/v1/v1beta/models/gemini:countTokens", "/v1beta/models/gemini:countTokens"],
    ["/v1/models/sandbox/echo", "/v1/models/sandbox/echo"],
    ["/v1/models/sandbox%2Fecho", "/v1/models/sandbox/echo"],
    ["/cursor/v1/chat/completions", "/cursor/v1/chat/completions"],
    ["/api/cursor/chat/completions", "/cursor/chat/completions"],
    ["/video/v1/video/generations", "/video/v1/video/generations"],
    ["/v1/video/video/generations", "/v1/video/video/generations"],
    ["/healthz", "/healthz"],
    ["/", "/"],
    ["/api", "/"],
    ["/api/", "/"],
    ["/api/proxy", "/"],
    ["/v1", "/v1"],
    ["/apiv1/messages", "/apiv1/messages"],
    ["/V1/messages", "/V1/messages"],
  ])("%s means %s", (path, route) => {
    expect(read(path)).toBe(route);
  });

  it.each([
    ["missing version below a mount", "/api/proxy/chat/completions"],
    ["missing version below the shorter mount", "/api/messages"],
    ["encoded slash in the route", "/v1%2Fmessages"],
    ["encoded slash in the endpoint", "/v1/chat%2Fcompletions"],
    ["encoded traversal", "/v1beta/models/..%2f..%2fx:generateContent"],
    ["traversal", "/v1/../admin"],
    ["half-encoded traversal", "/v1/models/%2e%2e/x"],
    ["dot segment", "/v1/./messages"],
    ["NUL", "/v1/models/a%00b"],
    ["line break", "/v1/models/a%0d%0ab"],
    ["backslash", "/v1\\messages"],
    ["encoded backslash", "/v1/models/a%5cb"],
    ["empty part of an encoded name", "/v1/models/a%2F%2Fb"],
    ["broken escape", "/v1/models/a%zz"],
    ["cut escape", "/v1/models/a%2"],
    ["encoded bytes that are not UTF-8", "/v1/models/%ff%fe"],
    ["overlong encoding of a slash", "/v1/models/%c0%af"],
    ["absolute form", "http://evil/v1/messages"],
    ["asterisk form", "*"],
    ["empty", ""],
    ["too long", `/v1/models/${"a".repeat(2_048)}`],
  ])("refuses: %s", (_name, path) => {
    expect(read(path)).toBeNull();
  });

  it("decodes once: an escaped percent sign stays one", () => {
    expect(read("/v1/models/a%252e%252e")).toBe("/v1/models/a%2e%2e");
  });

  it("never yields a route with traversal, control characters or a backslash", () => {
    const piece = fc.constantFrom(
      "v1",
      "v1beta",
      "api",
      "proxy",
      "messages",
      "..",
      ".",
      "%2e",
      "%2f",
      "%5c",
      "%00",
      "%",
      "a",
      "",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom("/", "//", "%2F"), (pieces, slash) => {
        const route = read(`/${pieces.join(slash)}`);
        if (route === null) return;
        expect(route.startsWith("/")).toBe(true);
        expect(
          route.split("").every((character) => character > " " && character !== "\\" && character !== "\x7f"),
        ).toBe(true);
        expect(route.split("/").some((segment) => segment === "." || segment === "..")).toBe(false);
        expect(route.slice(1).includes("//")).toBe(false);
      }),
    );
  });

  it("is the same for every mount when the version is there", () => {
    fc.assert(
      fc.property(fc.constantFrom("", "/api", "/api/proxy"), fc.stringMatching(/^[a-z0-9_-]{1,12}$/), (mount, name) => {
        expect(read(`${mount}/v1/models/${name}`)).toBe(read(`/v1/models/${name}`));
      }),
    );
  });
});

import { describe, expect, it } from "vitest";

import type { Provider } from "../providers/provider.ts";
import type { Callable, Candidate } from "../settings/installation.ts";
import { aModel } from "./fixtures.ts";
import { MAX_ATTEMPTS, plan } from "./plan.ts";

const provider = (protocols: readonly ("openai-chat" | "anthropic")[]): Provider => {
  const [first = "openai-chat", ...others] = protocols;
  const surface = (protocol: "openai-chat" | "anthropic") => ({
    protocol,
    prefix: "/v1",
    auth: "bearer" as const,
    quirks: {},
  });
  return {
    id: "p",
    name: "P",
    baseUrl: null,
    env: null,
    surfaces: [surface(first), ...others.map(surface)],
    models: "own",
  };
};

const candidate = (
  id: string,
  changes: Partial<Candidate> & { provider?: Provider; sandbox?: boolean } = {},
): Candidate => ({
  upstream: {
    id,
    provider: changes.provider ?? provider(["openai-chat"]),
    baseUrl: "http://127.0.0.1",
    apiKey: "",
    models: {},
    enabled: true,
    sandbox: changes.sandbox ?? false,
  },
  model: changes.model ?? id,
  priority: changes.priority ?? 1,
  weight: changes.weight ?? 1,
});

const callable = (candidates: readonly [Candidate, ...Candidate[]], upstream: string | null = null): Callable => ({
  model: aModel({ upstream: upstream === null ? null : { protocol: upstream, model: "x" } }),
  candidates,
});

describe("plan", () => {
  it("prefers the client's own protocol, else the provider's first", () => {
    const both = provider(["openai-chat", "anthropic"]);
    expect(
      plan(callable([candidate("a", { provider: both })]), "anthropic", { random: Math.random })[0].surface.protocol,
    ).toBe("anthropic");
    expect(plan(callable([candidate("a")]), "anthropic", { random: Math.random })[0].surface.protocol).toBe(
      "openai-chat",
    );
  });

  it("speaks to the sandbox in the protocol of the provider it plays", () => {
    const sandbox = candidate("s", { provider: provider(["openai-chat", "anthropic"]), sandbox: true });
    expect(plan(callable([sandbox], "anthropic"), "openai-chat", { random: Math.random })[0].surface.protocol).toBe(
      "anthropic",
    );
    expect(plan(callable([sandbox], "openai"), "anthropic", { random: Math.random })[0].surface.protocol).toBe(
      "openai-chat",
    );
    expect(plan(callable([sandbox], "any"), "anthropic", { random: Math.random })[0].surface.protocol).toBe(
      "anthropic",
    );
  });

  it("goes by priority, then draws by weight, at most MAX_ATTEMPTS", () => {
    const all = callable([
      candidate("late", { priority: 2 }),
      candidate("a", { weight: 1 }),
      candidate("b", { weight: 3 }),
      candidate("last", { priority: 9 }),
    ]);
    expect(plan(all, "openai-chat", { random: () => 0.2 }).map((leg) => leg.upstream.id)).toEqual(["a", "b", "late"]);
    expect(plan(all, "openai-chat", { random: () => 0.9 }).map((leg) => leg.upstream.id)).toEqual(["b", "a", "late"]);
    expect(plan(all, "openai-chat", { random: () => 0.5 })).toHaveLength(MAX_ATTEMPTS);
  });
});

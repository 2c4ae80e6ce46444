/** The presets as an operator starts from them: each file itself, unchanged. */
import path from "node:path";

import { describe, expect, it } from "vitest";

import { startTestGateway } from "../gateway.ts";
import { PRESETS, send, type Preset } from "./storefront.ts";

const FOLDER = path.join(import.meta.dirname, "..", "..", "storefronts");
const SECRET = "a secret of at least thirty-two characters";

/** What each service is known by: its name, how keys begin, where it answers, what it counts in. */
const KNOWN = {
  cheapa: { name: "Cheapa API", keyPrefix: "sk-llmaai-", mounts: [""], unit: "USD" },
  cheapai: { name: "CheapAI", keyPrefix: "cai-", mounts: [""], unit: "USD" },
  "aiapi-cheap": { name: "aiapi.cheap", keyPrefix: "sk-cc-", mounts: ["/api/proxy"], unit: "USD" },
  cheapmodel: { name: "cheapmodel", keyPrefix: "sk-cm-", mounts: [""], unit: "USD" },
  cheaplm: { name: "CheapLM", keyPrefix: "sk-", mounts: ["", "/api"], unit: "credits" },
} as const satisfies Record<Preset, object>;

describe.each(PRESETS)("%s", (preset) => {
  const file = path.join(FOLDER, `${preset}.yaml`);

  it("starts as it stands, says who it is, and warns of nothing", async () => {
    const gateway = await startTestGateway({ env: { FARTHING_CONFIG: file } });
    try {
      const { storefront, defaultPlan, warnings } = gateway.server.installation();
      const { name, keyPrefix, mounts, unit } = KNOWN[preset];
      expect(storefront).toMatchObject({ name, keyPrefix, registration: "open" });
      expect(storefront.unit.name).toBe(unit);
      expect(warnings).toEqual([]);
      expect(defaultPlan).not.toBeNull();
      for (const mount of mounts) {
        const key = { authorization: `Bearer ${gateway.key}` };
        expect((await send(gateway.url + mount)).text).toBe(`${name}\n`);
        expect((await send(`${gateway.url}${mount}/v1/usage`, { headers: key })).status).toBe(200);
        const profile = await send(`${gateway.url}${mount}/v1/profile`, { headers: key });
        expect(profile.json()).toMatchObject({ username: "test", credits: 10, unit, plan: defaultPlan?.id });
      }
    } finally {
      await gateway.close();
    }
  });

  it("sells in production nothing that nobody serves", async () => {
    const env = { FARTHING_CONFIG: file, NODE_ENV: "production", FARTHING_SECRET: SECRET };
    const gateway = await startTestGateway({ env });
    try {
      expect(gateway.server.installation().callables).toEqual([]);
    } finally {
      await gateway.close();
    }
    const served = await startTestGateway({ env: { ...env, ANTHROPIC_API_KEY: "k" } });
    try {
      const { callables } = served.server.installation();
      expect(callables.length).toBeGreaterThan(0);
      for (const { candidates } of callables)
        for (const { upstream } of candidates) expect(upstream.id).toBe("anthropic");
    } finally {
      await served.close();
    }
  });
});

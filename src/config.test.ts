import { describe, expect, it } from "vitest";

import { ConfigError, readConfig } from "./config.ts";

const SECRET = "0123456789abcdef0123456789abcdef";

describe("readConfig", () => {
  it("serves on loopback with a folder of its own when nothing is said", () => {
    expect(readConfig({}, "/somewhere")).toMatchObject({
      port: 8080,
      host: "127.0.0.1",
      publicUrl: "http://127.0.0.1:8080",
      dataDir: "/somewhere/data",
      configFile: null,
      production: false,
      metricsPort: 9464,
      metricsRequired: false,
      logLevel: "info",
    });
  });

  it("reads what is said", () => {
    const env = {
      PORT: "0",
      HOST: "::1",
      PUBLIC_URL: "https://ai.example/",
      METRICS_PORT: "off",
      NODE_ENV: "production",
    };
    expect(readConfig({ ...env, FARTHING_SECRET: SECRET, FARTHING_CONFIG: "f.yaml" }, "/a")).toMatchObject({
      port: 0,
      publicUrl: "https://ai.example",
      metricsPort: null,
      production: true,
      secret: SECRET,
      configFile: "/a/f.yaml",
    });
    expect(readConfig({ HOST: "::1" }, "/a").publicUrl).toBe("http://[::1]:8080");
  });

  it.each([
    [{ PORT: "http" }, "PORT"],
    [{ PORT: "70000" }, "PORT"],
    [{ METRICS_PORT: "no" }, "METRICS_PORT"],
    [{ FARTHING_SECRET: "short" }, "FARTHING_SECRET"],
    [{ NODE_ENV: "production" }, "FARTHING_SECRET"],
    [{ LOG_LEVEL: "loud" }, "LOG_LEVEL"],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "NODE_EXTRA_CA_CERTS"],
    [{ DATABASE_URL: "mysql://x" }, "DATABASE_URL"],
    [{ WORKERS: "0" }, "WORKERS"],
    [{ WORKERS: "65" }, "WORKERS"],
    [{ WORKERS: "two" }, "WORKERS"],
  ])("refuses %j, naming it", (env, name) => {
    expect(() => readConfig(env, "/a")).toThrow(ConfigError);
    expect(() => readConfig(env, "/a")).toThrow(name);
  });

  it("reports every problem at once", () => {
    expect(() => readConfig({ PORT: "x", LOG_LEVEL: "y" }, "/a")).toThrow(/PORT.*\n.*LOG_LEVEL/);
  });
});

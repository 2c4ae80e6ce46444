/** Which files are tests, on which database, and how long one may take. Each file runs in a process of its own. */
import { defineConfig } from "vitest/config";

/** End-to-end tests that run on PostgreSQL as well; those of stores ask for both themselves. */
const ON_BOTH = [
  "test/first-start.test.ts",
  "test/client-requests.test.ts",
  "test/limits/http.test.ts",
  "test/images.test.ts",
  "test/idempotency.test.ts",
  "test/usage.test.ts",
  "test/charges.test.ts",
  "test/prices.test.ts",
  "test/budgets.test.ts",
  "test/faults/control.test.ts",
  "test/sdk/openai.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    globalSetup: "test/setup.ts",
    projects: [
      { extends: true, test: { name: "all", include: ["src/**/*.test.ts", "test/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "on postgres", include: ON_BOTH, env: { FARTHING_TEST_DATABASE: "postgres" } },
      },
    ],
  },
});

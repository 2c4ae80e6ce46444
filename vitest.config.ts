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
  "test/videos.test.ts",
  "test/tasks/crash.test.ts",
  "test/tasks/elsewhere.test.ts",
  "test/storefronts/*.test.ts",
  "test/faults/control.test.ts",
  "test/sdk/openai.test.ts",
  "test/people/*.test.ts",
  "test/console/keys.test.ts",
  "test/console/matrix.test.ts",
  "test/console/settings.test.ts",
  "test/console/live.test.ts",
  "test/console/billing.test.ts",
  "test/console/usage.test.ts",
  "test/console/files.test.ts",
  "test/console/alerts.test.ts",
  "test/console/operator-prices.test.ts",
  "test/console/operator-settings.test.ts",
  "test/console/operate.test.ts",
  "test/known-failures/charges.test.ts",
  "test/known-failures/console.test.ts",
  "test/known-failures/secrets.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    globalSetup: "test/setup.ts",
    setupFiles: "test/properties.ts",
    projects: [
      { extends: true, test: { name: "all", include: ["src/**/*.test.ts", "test/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "on postgres", include: ON_BOTH, env: { FARTHING_TEST_DATABASE: "postgres" } },
      },
    ],
  },
});

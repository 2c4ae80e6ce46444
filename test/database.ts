/** Which database the gateways of a test file run on: the file's project in vitest.config.ts says so. */
import { createPostgres } from "../src/db/fixtures-postgres.ts";

/** `postgres`, or nothing for SQLite. */
export const DATABASE_VARIABLE = "FARTHING_TEST_DATABASE";

export interface TestStorage {
  /** What the gateway's environment needs; nothing for SQLite, which lives in its data folder. */
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

export const isOnPostgres = (): boolean => process.env[DATABASE_VARIABLE] === "postgres";

/** A database of its own for one gateway. @param isEmpty true: without migrations, for a first start */
export const databaseEnv = async ({ isEmpty = false } = {}): Promise<TestStorage> => {
  if (!isOnPostgres()) return { env: {}, remove: async () => undefined };
  const made = await createPostgres({ isEmpty });
  return { env: { DATABASE_URL: made.url }, remove: () => made.drop() };
};

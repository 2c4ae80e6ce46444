/** The playground's key: asked for once, kept in memory only, asked for again when it is about to end. */
import { answered, api } from "../../../api/client.ts";

/** A key that ends sooner than this is not begun with. */
const SPARE_MS = 120_000;

const keys = new Map<string, { readonly key: string; readonly expiresAt: number }>();

/** @throws ApiError when the account may not have one */
export const playgroundKey = async (account: string): Promise<string> => {
  const known = keys.get(account);
  if (known !== undefined && known.expiresAt - Date.now() > SPARE_MS) return known.key;
  const made = await answered(
    api.POST("/console/api/accounts/{account}/playground-key", { params: { path: { account } }, body: {} }),
  );
  keys.set(account, made);
  return made.key;
};

import { describe, expect, it } from "vitest";

import { piecesOf, unbroken } from "./pieces.ts";

/** A file of rows without end, that says which pages were read and whether it was let go. */
const endless = () => {
  const seen = { pages: 0, isOver: false };
  const pieces = piecesOf<number>({
    head: "n;",
    most: 1_000_000,
    read: (last, limit) => {
      seen.pages++;
      return Promise.resolve(Array.from({ length: limit }, (_, index) => (last ?? 0) + index + 1));
    },
    write: (rows) => `${rows.at(-1) ?? ""};`,
  });
  async function* watched(): AsyncGenerator<string> {
    try {
      yield* pieces;
    } finally {
      seen.isOver = true;
    }
  }
  return { seen, watched };
};

describe("the pieces of a file", () => {
  it("come page by page, as they are taken", async () => {
    const { seen, watched } = endless();
    const pieces = unbroken(watched(), new AbortController().signal);
    const taken = [await pieces.next(), await pieces.next(), await pieces.next()].map(({ value }) => value as string);
    expect(taken).toEqual(["n;", "1000;", "2000;"]);
    expect(seen).toEqual({ pages: 2, isOver: false });
    await pieces.return(undefined);
    expect(seen).toEqual({ pages: 2, isOver: true });
  });

  it.each([0, 1, 2])("break off by throwing once nobody may have more, after %i", async (before) => {
    const { seen, watched } = endless();
    const call = new AbortController();
    const pieces = unbroken(watched(), call.signal);
    for (let place = 0; place < before; place++) await pieces.next();
    call.abort();
    // Not the end of the file: that would look like all of it.
    await expect(pieces.next()).rejects.toThrow("aborted");
    expect(seen.isOver).toBe(true);
    expect(seen.pages).toBeLessThanOrEqual(before);
  });
});

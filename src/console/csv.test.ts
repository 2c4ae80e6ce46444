import { describe, expect, it } from "vitest";

import { csvLine } from "./csv.ts";

describe("csvLine", () => {
  it.each([
    [["a", "b"], "a,b\r\n"],
    [['say "hi"', "x,y", "two\nlines"], '"say ""hi""","x,y","two\nlines"\r\n'],
    [["-0.25", "+3", "1e3"], "-0.25,+3,1e3\r\n"],
    [["=1+1", "@SUM(A1)", "-cmd", "\tx"], "'=1+1,'@SUM(A1),'-cmd,'\tx\r\n"],
    [["", " "], ", \r\n"],
  ])("%j", (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});

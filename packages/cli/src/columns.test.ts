import fc from "fast-check";
import { expect, test } from "vitest";
import { cutAt, padded, shortened, widthOf } from "./columns.js";

test("texts are cut and padded by the columns that they take", () => {
  expect([shortened("狐の物語", 6), shortened("狐の物語", 8), shortened("abc", 1), shortened("abc", 0), padded("狐", 4)]).toEqual(["狐の…", "狐の物語", "…", "", "狐  "]);
  expect(shortened("👩‍👩‍👧 family", 4)).toBe("👩‍👩‍👧 …");
});

test("a cut text is never wider than it may be, and is a beginning of the whole", () => {
  const text = fc.array(fc.constantFrom("a", "狐", "é", "👩‍👩‍👧", "\u001B[31m", "🇫🇷", " ")).map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.nat(12), (whole, columns) => {
    const at = cutAt(whole, columns);
    expect(widthOf(whole.slice(0, at))).toBeLessThanOrEqual(columns);
    expect(widthOf(shortened(whole, columns))).toBeLessThanOrEqual(columns);
    expect(at === whole.length || widthOf(whole) > columns).toBe(true);
  }));
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRuns, encodeRuns, maskOfRuns } from "./run-lengths.js";

test("the first run is of what is not set, and may be empty", () => {
  const [F, T] = [false, true];
  expect([encodeRuns([F, F, T, T, T, F]), encodeRuns([T, T, F]), encodeRuns([]), encodeRuns([F]), encodeRuns([T])]).toEqual([[2, 3, 1], [0, 2, 1], [], [1], [0, 1]]);
});

test("a mask is what its runs say, in entries and in bits", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 130 }), (mask) => {
      const runs = encodeRuns(mask);
      const bits = maskOfRuns(runs, mask.length);
      expect(decodeRuns(runs, mask.length)).toEqual(Uint8Array.from(mask, Number));
      expect(mask.map((_, token) => (((bits[token >> 5] as number) >>> (token & 31)) & 1) === 1)).toEqual(mask);
      expect(encodeRuns(decodeRuns(runs, mask.length))).toEqual(runs);
    }),
  );
});

test("runs may be empty, and what does not add up, or is no length, is refused", () => {
  expect(decodeRuns([0, 0, 2, 0, 1, 1], 4)).toEqual(Uint8Array.of(0, 0, 0, 1));
  for (const runs of [[], [1, 1], [2, 2], [-1, 4], [1.5, 1.5], [NaN, 3], [0, 1e300]]) expect(() => decodeRuns(runs, 3)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

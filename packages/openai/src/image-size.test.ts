import fc from "fast-check";
import { expect, test } from "vitest";
import { imageSize } from "./image-size.js";

const standard = ["1024x1024", "1536x1024", "1024x1536"];

test.each<[string, { readonly width?: number; readonly height?: number }, Parameters<typeof imageSize>[1], ReturnType<typeof imageSize>]>([
  ["nothing asked is nothing said", {}, standard, { warnings: [] }],
  ["one length alone is no size", { width: 512 }, "flexible", { warnings: ["width is left out: a size needs both width and height"] }],
  ["a size that there is is taken", { width: 1024, height: 1536 }, standard, { size: "1024x1536", warnings: [] }],
  ["another becomes the one of nearly its shape", { width: 1920, height: 1080 }, standard, { size: "1536x1024", warnings: ["the model has no size of 1920x1080: the nearest is 1536x1024"] }],
  ["of one shape, the one of nearly its area", { width: 500, height: 500 }, ["256x256", "512x512", "1024x1024"], { size: "512x512", warnings: ["the model has no size of 500x500: the nearest is 512x512"] }],
  ["a model with free sizes takes multiples of 16 as they are", { width: 1536, height: 864 }, "flexible", { size: "1536x864", warnings: [] }],
  ["and others rounded", { width: 1920, height: 1080 }, "flexible", { size: "1920x1088", warnings: ["the model has no size of 1920x1080: the nearest is 1920x1088"] }],
  ["a server of unknown sizes is told what is asked", { width: 333, height: 222 }, "unknown", { size: "333x222", warnings: [] }],
])("%s", (_, asked, sizes, expected) => {
  expect(imageSize(asked, sizes)).toEqual(expected);
});

test("whatever is asked, a model with free sizes gets one that it takes, and what it takes it gets", () => {
  const length = fc.oneof(fc.integer({ min: 16, max: 16_384 }), fc.integer({ min: 1, max: 240 }).map((steps) => steps * 16));
  fc.assert(
    fc.property(length, length, (width, height) => {
      const [chosenWidth = 0, chosenHeight = 0] = (imageSize({ width, height }, "flexible").size ?? "").split("x").map(Number);
      const isTaken = (one: number, other: number): boolean => one % 16 === 0 && other % 16 === 0 && Math.max(one, other) <= 3840 && one <= 3 * other && other <= 3 * one && one * other >= 655_360 && one * other <= 8_294_400;
      expect(isTaken(chosenWidth, chosenHeight)).toBe(true);
      if (isTaken(width, height)) expect([chosenWidth, chosenHeight]).toEqual([width, height]);
    }),
    { numRuns: 2000 },
  );
});

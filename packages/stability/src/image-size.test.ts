import fc from "fast-check";
import { expect, test } from "vitest";
import { pixelsFor, ratioFor } from "./image-size.js";

const sides = fc.record({ width: fc.integer({ min: 16, max: 16_384 }), height: fc.integer({ min: 16, max: 16_384 }) });
const quotient = (ratio: string): number => {
  const [width = 0, height = 0] = ratio.split(":").map(Number);
  return width / height;
};
const turned = (ratio: string | undefined): string | undefined => ratio?.split(":").toReversed().join(":");

test("no ratio of the API is nearer to a size than the one that is taken, and a turned size takes a turned one", () => {
  fc.assert(
    fc.property(sides, ({ width, height }) => {
      const { aspect_ratio: taken = "" } = ratioFor({ width, height }).fields;
      const distance = (ratio: string): number => Math.abs(Math.log((quotient(ratio) * height) / width));
      for (const other of ["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"]) expect(distance(taken)).toBeLessThanOrEqual(distance(other) + 1e-9);
      expect(distance(turned(ratioFor({ width: height, height: width }).fields.aspect_ratio) ?? "")).toBeCloseTo(distance(taken), 9);
    }),
  );
});

test("pixels are rounded up by less than 64, and a warning tells of every change", () => {
  fc.assert(
    fc.property(sides, ({ width, height }) => {
      const { fields, warning } = pixelsFor("stable-diffusion-v1-6", { width, height });
      const added = [(fields.width ?? 0) - width, (fields.height ?? 0) - height];
      expect(added.every((more) => more >= 0 && more < 64)).toBe(true);
      expect([(fields.width ?? 0) % 64, (fields.height ?? 0) % 64, warning === undefined]).toEqual([0, 0, added.every((more) => more === 0)]);
    }),
  );
});

test("a large model is asked for about a million pixels", () => {
  fc.assert(
    fc.property(sides, (size) => {
      const { width = 0, height = 0 } = pixelsFor("stable-diffusion-xl-1024-v1-0", size).fields;
      expect(Math.abs(width * height - 2 ** 20) / 2 ** 20).toBeLessThan(0.07);
    }),
  );
});

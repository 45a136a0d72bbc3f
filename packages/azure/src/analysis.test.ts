import { StageError } from "@iftk/core";
import { imageAnalysisSchema } from "@iftk/inference";
import { azureReplies } from "@iftk/testing/providers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { analysisOf, linesOf } from "./analysis.js";

const whole = azureReplies.analysis(["caption", "denseCaptions", "tags", "objects", "people", "read", "smartCrops"]);

/** The value with some of what is in it made something else. */
function spoilt(value: unknown, choose: () => boolean, other: () => unknown): unknown {
  if (choose()) return other();
  if (Array.isArray(value)) return value.map((item) => spoilt(item, choose, other));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, spoilt(field, choose, other)]));
}

test.each<[string, object, (reply: unknown) => unknown]>([
  ["an analysis", whole, analysisOf],
  ["a text recognition", azureReplies.ocr, linesOf],
])("%s of whatever shape is read as far as it can be, or is an error of its kind", (_, reply, read) => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(19)), fc.infiniteStream(fc.jsonValue()), (chances, others) => {
      const value = spoilt(reply, () => chances.next().value === 0, () => others.next().value);
      try {
        expect(imageAnalysisSchema.safeParse(read(value)).success).toBe(true);
      } catch (error) {
        if (!StageError.is(error)) throw error;
        expect(error).toMatchObject({ code: "unavailable", reason: "malformed" });
      }
    }),
    { numRuns: 300 },
  );
});

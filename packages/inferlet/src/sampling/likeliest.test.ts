import { StageError } from "@iftk/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { likeliest } from "./likeliest.js";

const logit = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom(-Infinity, Infinity));

test("the first of the highest logits is picked, wherever it stands", () => {
  fc.assert(
    fc.property(fc.array(logit, { minLength: 1, maxLength: 40 }), (logits) => {
      const highest = Math.max(...logits);
      fc.pre(highest > -Infinity);
      expect(likeliest(Float32Array.from(logits))).toBe(logits.indexOf(highest));
    }),
  );
});

test("a logit that is not a number is refused, wherever it stands", () => {
  fc.assert(
    fc.property(fc.array(logit, { maxLength: 20 }), fc.array(logit, { maxLength: 20 }), (before, after) => {
      expect(() => likeliest(Float32Array.of(...before, Number.NaN, ...after))).toThrow(new StageError("internal", `the logit of token ${before.length} is not a number: the model or its computation is broken`));
    }),
  );
});

import { expect, test } from "vitest";
import { addUsage } from "./add-usage.js";

test("what is known of either is added, what is known of none is left out, and one estimate makes an estimate", () => {
  expect(addUsage({ inputTokens: 1, outputTokens: 2, reasoningTokens: 1 }, { inputTokens: 3, outputTokens: 4, images: 2, estimated: true })).toEqual({ inputTokens: 4, outputTokens: 6, reasoningTokens: 1, images: 2, estimated: true });
});

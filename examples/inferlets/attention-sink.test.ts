import type { Backend } from "@iftk/inferlet";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attentionSink, bound } from "./attention-sink.js";
import { runOver } from "./run-inferlet.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath, contextSize: bound })));
afterAll(() => backend.close());

test("six times the length of the context is generated in it, and no token goes through the model twice", async () => {
  let length = 0;
  const told = await runOver<{ stories: number; generated: number; forgotten: number; longest: number; held: number; forwarded: number }>(attentionSink, { backend, onSend: (text) => (length += text.length) });
  expect(told.generated).toBeGreaterThanOrEqual(6 * bound);
  expect(told.longest).toBeLessThanOrEqual(bound);
  expect(length).toBeGreaterThan(told.generated);
  // All that was ever in it, prompts included, but for the last token, which waits for the next pass unless a story ended with it.
  expect([0, 1]).toContain(told.forgotten + told.held - told.forwarded);
});

import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLlama } from "@iftk/llama";
import { afterAll, expect, test } from "vitest";
import { type ModelShape, writeRandomModel } from "./random-model.js";

const shape: ModelShape = { name: "random-small", layers: 2, width: 64, heads: 4, keyHeads: 2, feedForward: 128, vocabularySize: 1000, contextLength: 256 };
const folder = mkdtempSync(join(tmpdir(), "iftk-random-model-"));
const path = join(folder, "model.gguf");
afterAll(() => rmSync(folder, { recursive: true }));

test("the file is the same each time, appears whole, and tells how far it is", async () => {
  const fractions: number[] = [];
  await writeRandomModel(shape, path, (fraction) => fractions.push(fraction));
  const hash = (): string => createHash("sha256").update(readFileSync(path)).digest("hex");
  const first = hash();
  await writeRandomModel(shape, path);
  expect({ same: hash() === first, files: readdirSync(folder), rising: fractions.every((fraction, index) => fraction > (fractions[index - 1] ?? 0)), last: fractions.at(-1) }).toEqual({ same: true, files: ["model.gguf"], rising: true, last: 1 });
});

test("llama.cpp opens it, its tokens spell any text, and its logits spread as those of trained models do", async () => {
  await writeRandomModel(shape, path);
  await using backend = await openLlama({ modelPath: path });
  const text = '{"name": " true", "größe": [1, 2]}\n<|im_start|>';
  const tokens = backend.tokenize(text, { special: true });
  const sequence = backend.openSequence();
  const logits = (await sequence.forward(tokens)).slice();
  const deviation = Math.sqrt(logits.reduce((sum, logit) => sum + logit ** 2, 0) / logits.length);
  expect({
    spelled: Buffer.concat(Array.from(tokens, (token) => backend.tokenBytes(token, { special: true }))).toString(),
    shorter: tokens.length < Buffer.byteLength(text) - 10,
    last: tokens.at(-1),
    ends: Array.from({ length: shape.vocabularySize }, (_, token) => token).filter((token) => backend.isEndOfGeneration(token)),
    controls: Array.from(logits.subarray(-3)),
    deviation: Math.round(deviation),
  }).toEqual({ spelled: text, shorter: true, last: 998, ends: expect.arrayContaining([999]) as number[], controls: [0, 0, 0], deviation: 3 });
});

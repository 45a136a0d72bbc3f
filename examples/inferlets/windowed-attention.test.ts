import { readFile } from "node:fs/promises";
import { type Backend, Model } from "@iftk/inferlet";
import { openReference } from "@iftk/inferlet/reference";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runOver } from "./run-inferlet.js";
import { likelihoods, type Window, windowed, windowedAttention } from "./windowed-attention.js";

let backend: Backend;
let model: Model;
beforeAll(async () => {
  backend = await openReference({ model: await readFile(tinyModelPath) });
  model = Model.of(backend);
});
afterAll(() => backend.close());

const text = "Once upon a time a small fox found a key in the garden. She looked for the door that it opened, and asked an owl, a frog and a bear. Then a crow told her of a house near the stream. There the fox found the door, and behind it a friend.";
const furthest = (one: readonly number[], other: readonly number[]): number => Math.max(...one.map((value, index) => Math.abs(value - (other[index] as number))));

test("a story is the less likely the less of it is seen, and seeing its first tokens helps a narrow window", async () => {
  const told = await runOver<(Window & { perplexity: number })[]>(windowedAttention, { backend });
  const [narrow, narrowWithFirst, , , whole, wholeWithFirst] = told.map(({ perplexity }) => perplexity) as [number, number, number, number, number, number];
  expect([told.length, wholeWithFirst]).toEqual([6, whole]);
  expect(narrow / whole).toBeGreaterThan(2);
  expect(narrow / narrowWithFirst).toBeGreaterThan(1);
});

test("a window over all is what there is without a mask", async () => {
  const tokens = [...backend.tokenize(text)];
  expect(await likelihoods(model, tokens, windowed(tokens.length, { last: tokens.length, first: 0 }))).toEqual(await likelihoods(model, tokens));
});

test("what no window reaches through any layer changes nothing, unless the first tokens are seen", async () => {
  const tokens = [...backend.tokenize(text)];
  const [first = 0] = backend.tokenize("Seven");
  // Each layer carries what a token says one token further: behind as many as there are layers nothing is left of the first.
  const layers = 32;
  const change = async (window: Window): Promise<number> => {
    const [as, changed] = await Promise.all([tokens, [first, ...tokens.slice(1)]].map((each) => likelihoods(model, each, windowed(each.length, window)))) as [number[], number[]];
    return furthest(as.slice(layers), changed.slice(layers));
  };
  expect(await change({ last: 2, first: 0 })).toBeLessThan(1e-6);
  expect(await change({ last: 2, first: 1 })).toBeGreaterThan(1e-3);
});

test("llama.cpp has attention of its own, and says so", async () => {
  await using llama = await openLlama({ modelPath: tinyModelPath });
  await expect(runOver(windowedAttention, { backend: llama })).rejects.toMatchObject({ code: "unimplemented", reason: "backend" });
});

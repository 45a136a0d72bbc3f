import { getEventListeners } from "node:events";
import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";
import { checkOptions, resolveOptions } from "./llama-options.js";
import { readModelFile } from "./model-file.js";

const modelPath = tinyModelPath;

test("a number out of its range is refused by name", () => {
  const wrong = { contextSize: 0, maximumSequences: 256, cells: -1, batchSize: 7, threads: 1.5 };
  for (const [name, value] of Object.entries(wrong)) {
    expect(() => checkOptions({ modelPath, [name]: value })).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(`${name}: ${value} is not a whole number`) as string }),
    );
  }
  expect(() => checkOptions({ modelPath, cellType: "q8_0" as "f16" })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  expect(() => checkOptions({ modelPath: "" })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

test("what is left out fits the model", async () => {
  const model = await readModelFile(modelPath);
  const defaults = resolveOptions({ modelPath }, model);
  expect(defaults).toEqual({ contextSize: 1024, maximumSequences: 64, cells: 8192, cellType: "f16", batchSize: 512, threads: 1 });
  expect(resolveOptions({ modelPath, contextSize: 5000, cells: 600 }, model)).toMatchObject({ contextSize: 600, cells: 600 });
  const large = resolveOptions({ modelPath }, { ...model, contextLength: 131_072, cellElements: 65_536, tensorBytes: 2 ** 33 });
  expect(large).toMatchObject({ contextSize: 8192, cells: 8192 });
  expect(resolveOptions({ modelPath, cellType: "f32" }, { ...model, cellElements: 2 ** 16 })).toMatchObject({ cells: 2 ** 12 });
  expect(large.threads).toBeGreaterThanOrEqual(1);
});

test("opening tells how far it is, and the log goes to who asks for it", async () => {
  const fractions: number[] = [];
  const lines: string[] = [];
  const backend = await openLlama({ modelPath, onProgress: (fraction) => fractions.push(fraction), onLog: (level, line) => lines.push(`${level} ${line}`) });
  await backend.close();
  const count = lines.length;
  expect([fractions.at(-1), fractions.toSorted((one, other) => one - other)]).toEqual([1, fractions]);
  expect(lines.some((line) => /^info .*llama/.test(line))).toBe(true);
  await (await openLlama({ modelPath })).close();
  expect(lines.length).toBe(count);
});

test("aborting while the model loads rejects with the reason", async () => {
  await expect(openLlama({ modelPath, signal: AbortSignal.abort("early") })).rejects.toBe("early");
  const controller = new AbortController();
  const opening = openLlama({ modelPath, signal: controller.signal, onProgress: () => controller.abort("during") });
  await expect(opening).rejects.toBe("during");
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

test("what a progress listener throws ends the opening", async () => {
  const error = new Error("listener");
  await expect(
    openLlama({
      modelPath,
      onProgress: () => {
        throw error;
      },
    }),
  ).rejects.toBe(error);
});

test("models can be open at once, and opened and closed again and again", async () => {
  const [one, other] = await Promise.all([openLlama({ modelPath }), openLlama({ modelPath })]);
  const logits = await Promise.all([one, other].map(async (backend) => (await backend.openSequence().forward([1, 2, 3])).slice()));
  expect(logits[0]).toEqual(logits[1]);
  await one.close();
  expect(await other.openSequence().forward([1, 2, 3])).toEqual(logits[0]);
  await other.close();
  for (let round = 0; round < 5; round++) {
    await using backend = await openLlama({ modelPath });
    expect(await backend.openSequence().forward([1, 2, 3])).toEqual(logits[0]);
  }
});

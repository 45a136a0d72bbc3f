import { tinyModelPath } from "@iftk/tiny-model";
import { expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";
import { openVocabulary } from "./open-vocabulary.js";

test("a vocabulary without weights gives what the whole model gives", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  await using vocabulary = await openVocabulary(tinyModelPath);
  const { name, vocabularySize, embeddingSize, contextSize, specialTokens, chatTemplate } = backend;
  expect(vocabulary).toMatchObject({ name, vocabularySize, embeddingSize, contextSize, specialTokens, chatTemplate });

  const text = "<|im_start|>user\nWörld 🐈\0<|im_end|>";
  for (const special of [true, false]) expect(vocabulary.tokenize(text, { special })).toEqual(backend.tokenize(text, { special }));
  for (let token = 0; token < vocabularySize; token++) {
    const one = [vocabulary.tokenBytes(token), vocabulary.tokenBytes(token, { special: true }), vocabulary.isEndOfGeneration(token)];
    const other = [backend.tokenBytes(token), backend.tokenBytes(token, { special: true }), backend.isEndOfGeneration(token)];
    if (JSON.stringify(one) !== JSON.stringify(other)) expect(one).toEqual(other);
  }
});

test("a closed vocabulary refuses, and closing it again does nothing", async () => {
  const vocabulary = await openVocabulary(tinyModelPath);
  await vocabulary.close();
  await vocabulary.close();
  expect(() => vocabulary.tokenize("a")).toThrow(expect.objectContaining({ code: "failed_precondition" }));
});

test("a file that cannot be used is refused as a model is", async () => {
  await expect(openVocabulary(`${tinyModelPath}.none`)).rejects.toMatchObject({ code: "not_found" });
  await expect(openVocabulary(tinyModelPath, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
});

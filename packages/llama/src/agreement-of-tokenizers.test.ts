import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "@iftk/inferlet";
import { openReference } from "@iftk/inferlet/reference";
import { sampleModel } from "@iftk/inferlet/testing";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-tokenizers-"));
afterAll(() => rmSync(folder, { recursive: true }));

const awkward = ["", " ", "\n", "\n\n \n", "  two  spaces ", "\t\tx", "a\0b", "\ud800", "<|im_end|>", "<|im_end|><|im_start|>user\n<|im_end", "<think>a</think>", "<|im_<|im_end|>end|>", "it's ISN'T WE'LL i'M 'd 'x", "12345678901", "½ ² ٣ 一二", "naïve ÀÉ ß", "日本語のテキスト", "👩‍👩‍👧🏽", "a\u0085b\u00a0c\u3000d\u200be\ufeff", "\r\n\r\n", "!!!\n\n??", "x".repeat(1000), " ".repeat(50), "…—“quotes”", "e\u0301", "\u1680\u2028\u2029"];

/** Texts of any characters, and of those that pre-tokenizers treat in their own ways. */
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.array(fc.constantFrom("a", "b", "ab", "'s", "'LL", "1", "22", "333", " ", "  ", "\n", "\r\n", "\t", "!", "!?", "é", "É", "日", "½", "\u00a0", "_", "<|im_end|>", "<|im_start|>", "<think>", "xyz"), { maxLength: 30 }).map((parts) => parts.join("")),
);

/** All that is known of the tokens of a backend. */
function vocabularyOf(backend: Backend): readonly unknown[] {
  const { name, specialTokens, chatTemplate, vocabularySize } = backend;
  const tokens = Array.from({ length: vocabularySize }, (_, token) => [String(backend.tokenBytes(token)), String(backend.tokenBytes(token, { special: true })), backend.isEndOfGeneration(token)]);
  return [name, specialTokens, chatTemplate, ...tokens];
}

/** The tokens of a text, without and with its control tokens. */
function tokensOf(backend: Backend, text: string): readonly unknown[] {
  return [text, ...[false, true].map((special) => backend.tokenize(text, { special }).join())];
}

/** Texts for which the two have different tokens. */
function differing([one, other]: readonly [Backend, Backend], candidates: readonly string[]): readonly unknown[] {
  return candidates.map((text) => [tokensOf(one, text), tokensOf(other, text)]).filter(([tokens, others]) => String(tokens) !== String(others));
}

async function openBoth(model: Uint8Array): Promise<readonly [Backend, Backend]> {
  const modelPath = join(folder, "model.gguf");
  writeFileSync(modelPath, model);
  return Promise.all([openReference({ model, contextSize: 32 }), openLlama({ modelPath, contextSize: 32 })]);
}

test("the reference backend has the tokens of llama.cpp on the embedded model", async () => {
  const both = await openBoth(readFileSync(tinyModelPath));
  expect(vocabularyOf(both[0])).toEqual(vocabularyOf(both[1]));
  expect(differing(both, awkward)).toEqual([]);
  expect(differing(both, fc.sample(texts, 2000))).toEqual([]);
  await Promise.all(both.map((backend) => backend.close()));
});

/** Joins of whatever may stand side by side, also where a pre-tokenizer cuts, in no useful order. */
function hostileVocabulary(): { readonly tokens: readonly string[]; readonly merges: readonly string[] } {
  const characters = ["a", "b", "s", "L", "'", "1", "2", "3", "!", "_", "Ġ", "Ċ", "č", "Ã", "©"];
  const pairs = characters.flatMap((one) => characters.map((other) => [one, other] as const));
  const longer = pairs.filter((_, index) => index % 4 === 0).map(([one, other], index) => [one + other, pairs[(index * 37) % pairs.length]?.join("") ?? ""] as const);
  const merges = [...pairs, ...longer].toSorted(([one, other], [one2, other2]) => rank(one + other) - rank(one2 + other2));
  return { tokens: [...new Set(merges.map((parts) => parts.join("")))], merges: merges.map((parts) => parts.join(" ")) };
}

const rank = (text: string): number => [...text].reduce((hash, character) => (hash * 31 + character.charCodeAt(0)) % 10_007, 7);

test.for(["gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "starcoder", "refact", "command-r", "smollm", "codeshell", "qwen2", "stablelm2", "dbrx", "smaug-bpe", "llama3", "llama-v3", "llama-bpe"])(
  "texts are cut into words as llama.cpp cuts them for %s",
  async (pre) => {
    const both = await openBoth(sampleModel({ ...hostileVocabulary(), values: { "tokenizer.ggml.pre": pre } }));
    expect(vocabularyOf(both[0])).toEqual(vocabularyOf(both[1]));
    expect(differing(both, awkward)).toEqual([]);
    expect(differing(both, fc.sample(texts, 500))).toEqual([]);
    await Promise.all(both.map((backend) => backend.close()));
  },
);

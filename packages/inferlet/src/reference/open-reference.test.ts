import { readFileSync } from "node:fs";
import { StageError } from "@iftk/core";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleModel, type SampleModelOptions } from "../conformance/sample-model.js";
import { openReference } from "./open-reference.js";

const model = sampleModel();

/** What comes of opening a file, and running a token if it opens. */
async function outcomeOf(bytes: Uint8Array): Promise<string | { readonly code: string; readonly reason: string | undefined; readonly message: string }> {
  try {
    await using backend = await openReference({ model: bytes, contextSize: 64, cells: 64 });
    for (let token = 0; token < backend.vocabularySize; token += 37) backend.tokenBytes(token, { special: true });
    await backend.openSequence().forward([...backend.tokenize("Hi <|im_end|>", { special: true }), 1]);
    return "opened";
  } catch (error) {
    if (!StageError.is(error)) throw error;
    return { code: error.code, reason: error.reason, message: error.message };
  }
}

test("the embedded model is what its file says", async () => {
  await using backend = await openReference({ model: readFileSync(tinyModelPath) });
  const { name, vocabularySize, embeddingSize, contextSize, maximumSequences, specialTokens, capabilities } = backend;
  expect({ name, vocabularySize, embeddingSize, contextSize, maximumSequences, specialTokens, capabilities }).toEqual({
    name: "IFTK Tiny",
    vocabularySize: 4096,
    embeddingSize: 256,
    contextSize: 1024,
    maximumSequences: 64,
    specialTokens: { begin: "<|endoftext|>", end: "<|im_end|>" },
    capabilities: { attention: true, discard: true, adapters: true },
  });
  expect(backend.chatTemplate).toContain("<|im_start|>");
});

test("a file that is cut anywhere is refused with what it is", async () => {
  for (let length = 0; length < model.length; length += 1009) {
    expect(await outcomeOf(model.subarray(0, length))).toMatchObject({ code: "invalid_argument", reason: length < 4 ? "not-gguf" : "truncated" });
  }
  expect(await outcomeOf(Uint8Array.from(model, (byte) => byte))).toBe("opened");
});

test("a header with damaged bytes is refused or runs", async () => {
  const header = model.length - 24_000;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 0, max: header }), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }), async (edits) => {
      const bytes = model.slice();
      for (const [place, change] of edits) bytes[place] = (bytes[place] ?? 0) ^ change;
      const outcome = await outcomeOf(bytes);
      expect(["opened", "invalid_argument", "unimplemented", "resource_exhausted"]).toContain(typeof outcome === "string" ? outcome : outcome.code);
    }),
    { numRuns: 150 },
  );
});

test("what this backend does not run is refused with what it is and what runs it", async () => {
  const cases: readonly (readonly [SampleModelOptions, string])[] = [
    [{ values: { "general.architecture": "gemma3" } }, 'its architecture is "gemma3"'],
    [{ values: { "llama.expert_count": 8 } }, "it has experts"],
    [{ values: { "llama.rope.scaling.type": "yarn" } }, 'it scales positions by "yarn"'],
    [{ values: { "tokenizer.ggml.model": "llama" } }, 'its tokenizer is "llama"'],
    [{ values: { "tokenizer.ggml.pre": "tekken" } }, 'its tokenizer.ggml.pre is "tekken"'],
    [{ vectors: { "blk.0.attn_q.bias": [1, 2] } }, "no use for tensor blk.0.attn_q.bias"],
  ];
  for (const [options, message] of cases) {
    expect(await outcomeOf(sampleModel(options))).toEqual({ code: "unimplemented", reason: "backend", message: expect.stringMatching(new RegExp(`${message.replaceAll(/[.]/g, "\\.")}.*llama\\.cpp`)) as string });
  }
});

test("a model whose parts do not fit together is refused with the part", async () => {
  const cases: readonly (readonly [SampleModelOptions, string])[] = [
    [{ values: { "llama.attention.layer_norm_rms_epsilon": undefined } }, "llama.attention.layer_norm_rms_epsilon is missing"],
    [{ values: { "llama.context_length": 0 } }, "llama.context_length is 0"],
    [{ values: { "llama.attention.head_count_kv": 3 } }, "heads"],
    [{ values: { "llama.rope.dimension_count": 5 } }, "rotated"],
    [{ values: { "llama.attention.key_length": 8 } }, "blk.0.attn_q.weight is 24 x 24, it must be 24 x 32"],
    [{ values: { "tokenizer.ggml.merges": undefined } }, "tokenizer.ggml.merges"],
    [{ values: { "tokenizer.ggml.token_type": [1, 2] } }, "2 entries for 258 tokens"],
    [{ tokens: ["a"] }, "two tokens of its vocabulary are the same"],
    [{ vectors: { "rope_freqs.weight": [1] } }, "rope_freqs.weight is 1, it must be 3"],
  ];
  for (const [options, message] of cases) expect(await outcomeOf(sampleModel(options))).toEqual({ code: "invalid_argument", reason: "corrupt", message: expect.stringContaining(message) as string });
});

test("options that cannot be are refused, and an abort is heard before and while the model is read", async () => {
  for (const options of [{ contextSize: 0 }, { contextSize: 1.5 }, { maximumSequences: 257 }, { cells: -1 }, { model: "path" as unknown as Uint8Array }]) {
    await expect(openReference({ model, ...options })).rejects.toMatchObject({ code: "invalid_argument" });
  }
  const reason = new Error("enough");
  await expect(openReference({ model, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const opening = openReference({ model: readFileSync(tinyModelPath), signal: controller.signal });
  controller.abort(reason);
  await expect(opening).rejects.toBe(reason);
});

test("an adapter in a file is refused with what to give", async () => {
  await using backend = await openReference({ model });
  await expect(backend.loadAdapter({ path: "adapter.gguf" })).rejects.toMatchObject({ code: "unimplemented", reason: "backend", message: expect.stringContaining("bytes") as string });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { StageError } from "@iftk/core";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";
import { readModelFile } from "./model-file.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-llama-"));
afterAll(() => rmSync(folder, { recursive: true }));

const model = readFileSync(tinyModelPath);
/** The header goes on a little after the last name that stands in it. */
const headerBytes = model.lastIndexOf("blk.5.") + 64;

function fileOf(bytes: Uint8Array): string {
  const path = join(folder, "model.gguf");
  writeFileSync(path, bytes);
  return path;
}

function changed(...edits: readonly (readonly [offset: number, bytes: Uint8Array])[]): Buffer {
  const bytes = Buffer.from(model);
  for (const [offset, replacement] of edits) bytes.set(replacement, offset);
  return bytes;
}

async function failureOf(path: string): Promise<{ code: string; reason: string | undefined; message: string }> {
  const error: unknown = await readModelFile(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!StageError.is(error)) throw new Error("expected a StageError", { cause: error });
  return { code: error.code, reason: error.reason, message: error.message };
}

/** Where the value of a key begins: after its name and type. */
const valueOf = (key: string) => model.indexOf(key) + key.length + 4;

test("what the embedded model says of itself is read", async () => {
  expect(await readModelFile(tinyModelPath)).toEqual({
    path: tinyModelPath,
    name: "IFTK Tiny",
    architecture: "llama",
    contextLength: 1024,
    embeddingLength: 256,
    ropeScaling: "none",
    chatTemplate: expect.stringContaining("<|im_start|>") as string,
    hasBeginToken: true,
    hasEndToken: true,
    tensors: expect.objectContaining({ size: 56 }) as ReadonlyMap<string, never>,
    tensorBytes: expect.closeTo(model.length - headerBytes, -3) as number,
    headerBytes: expect.closeTo(headerBytes, -3) as number,
    cellElements: 6 * 4 * 64,
  });
});

test("a file that is not there is not found", async () => {
  expect(await failureOf(join(folder, "none.gguf"))).toMatchObject({ code: "not_found" });
  expect(await failureOf(join(tinyModelPath, "none.gguf"))).toMatchObject({ code: "not_found" });
});

test("what is not a GGUF file is refused with what it is", async () => {
  expect(await failureOf(dirname(tinyModelPath))).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("is a directory") as string });
  expect(await failureOf("a\0b")).toMatchObject({ code: "invalid_argument", message: expect.stringContaining("is not a path") as string });
  expect(await failureOf(fileOf(Buffer.from("PK\x03\x04 something else")))).toMatchObject({ code: "invalid_argument", reason: "not-gguf" });
  expect(await failureOf(fileOf(Buffer.alloc(100)))).toMatchObject({ code: "invalid_argument", reason: "not-gguf" });
});

test("a file that is cut anywhere is refused as truncated", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.integer({ min: 4, max: headerBytes }), fc.integer({ min: headerBytes, max: model.length - 64 })), async (length) => {
      expect(await failureOf(fileOf(model.subarray(0, length)))).toMatchObject({ code: "invalid_argument", reason: "truncated" });
    }),
    { numRuns: 60, examples: [[4], [23], [24], [model.length - 64]] },
  );
  expect(await failureOf(fileOf(Buffer.alloc(0)))).toMatchObject({ code: "invalid_argument", reason: "truncated" });
});

test("a header that says what cannot be is refused with the place", async () => {
  const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);
  const u64 = (value: bigint) => new Uint8Array(BigUint64Array.of(value).buffer);
  const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
  const lengthAt = (offset: number) => model.readUInt32LE(offset);
  let token = valueOf("tokenizer.ggml.tokens") + 12;
  let next = token + 8 + lengthAt(token);
  while (lengthAt(next) !== lengthAt(token)) [token, next] = [next, next + 8 + lengthAt(next)];
  const cases: readonly (readonly [Buffer, string])[] = [
    [changed([4, u32(9)]), "GGUF version is 9"],
    [changed([8, u64(2n ** 63n)]), "the number of tensors"],
    [changed([16, u64(2n ** 31n)]), "2147483648 key-value pairs"],
    [changed([24, u64(2n ** 40n)]), "the length of a key"],
    [changed([valueOf("tokenizer.ggml.tokens") + 4, u64(2n ** 50n)]), "is an array of"],
    [changed([model.indexOf("blk.0.attn_q.weight") + 19, u32(7)]), "7 dimensions"],
    [changed([valueOf("llama.block_count"), u32(0)]), "llama.block_count is 0"],
    [changed([valueOf("llama.attention.head_count_kv"), u32(3)]), "8 heads over 3 key heads"],
    [changed([valueOf("llama.attention.layer_norm_rms_epsilon"), float(-1)]), "layer_norm_rms_epsilon is -1"],
    [changed([next, model.subarray(token, next)]), "of its vocabulary are the same"],
  ];
  for (const [bytes, message] of cases) {
    expect(await failureOf(fileOf(bytes))).toEqual({ code: "invalid_argument", reason: "corrupt", message: expect.stringContaining(message) as string });
  }
});

// A native assertion would end this process, and with it the run.
test("a header with damaged bytes is refused or runs, and never ends the process", { timeout: 120_000 }, async () => {
  const names = ["general.architecture", "tokenizer.ggml.model", "tokenizer.ggml.token_type", "tokenizer.ggml.merges", "tokenizer.ggml.bos_token_id", "token_embd.weight", "blk.5."];
  const places = [0, ...names.map((name) => model.indexOf(name))].map((start) => fc.integer({ min: start, max: start + 400 }));
  const edit = fc.tuple(fc.oneof(...places, fc.integer({ min: 0, max: headerBytes })), fc.uint8Array({ minLength: 1, maxLength: 1 }));
  const refusals = ["invalid_argument", "unimplemented", "resource_exhausted"];
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const modelPath = fileOf(changed(...edits));
      try {
        await using backend = await openLlama({ modelPath, contextSize: 64, maximumSequences: 2 });
        const tokens = backend.tokenize("Hi there,\n\0 wörld <|im_start|>", { special: true });
        for (let token = 0; token < backend.vocabularySize; token += 61) backend.tokenBytes(token, { special: true });
        await backend.openSequence().forward(tokens.length > 0 ? tokens : [1]);
      } catch (error) {
        expect(refusals).toContain(StageError.is(error) ? error.code : error);
      }
    }),
    { numRuns: 150 },
  );
});

test("a model that llama.cpp refuses is refused with its reason", async () => {
  const offset = model.indexOf("qwen2");
  await expect(openLlama({ modelPath: fileOf(changed([offset, Buffer.from("qwen9")])) })).rejects.toMatchObject({
    code: "invalid_argument",
    reason: "refused",
    message: expect.stringContaining("unknown pre-tokenizer type: 'qwen9'") as string,
  });
});

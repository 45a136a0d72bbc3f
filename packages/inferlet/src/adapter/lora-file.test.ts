import { readFile } from "node:fs/promises";
import { StageError } from "@iftk/core";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adapterTargets } from "./adapter-targets.js";
import { ggufFile } from "../gguf/gguf-writer.js";
import { loraFile, type LoraAdapter, type LoraTensor, readLoraFile } from "./lora-file.js";
import { tensorNumbers } from "../gguf/tensor-numbers.js";

const floats = (length: number) => fc.float32Array({ minLength: length, maxLength: length, noNaN: true, noDefaultInfinity: true });

const size = fc.integer({ min: 1, max: 7 });
const matrices = (name: string): fc.Arbitrary<LoraTensor> =>
  fc.record({ in: size, out: size, rank: size }).chain((shape) => fc.record({ name: fc.constant(name), in: fc.constant(shape.in), out: fc.constant(shape.out), rank: fc.constant(shape.rank), a: floats(shape.in * shape.rank), b: floats(shape.rank * shape.out) }));
const adapters: fc.Arbitrary<LoraAdapter> = fc.record(
  {
    architecture: fc.string({ unit: "grapheme", minLength: 1 }),
    alpha: fc.float({ noNaN: true, noDefaultInfinity: true }),
    name: fc.string({ unit: "grapheme" }),
    tensors: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }).filter((name) => !name.endsWith("token_embd.weight")), { minLength: 1, maxLength: 4 }).chain((names) => fc.tuple(...names.map(matrices))),
  },
  { requiredKeys: ["architecture", "alpha", "tensors"] },
);

const small: LoraAdapter = { architecture: "llama", alpha: 4, tensors: [{ name: "blk.0.attn_q.weight", in: 3, out: 2, rank: 1, a: Float32Array.of(1, 2, 3), b: Float32Array.of(4, 5) }] };

test("an adapter is read as it was written", () => {
  fc.assert(
    fc.property(adapters, (adapter) => {
      expect(readLoraFile(loraFile(adapter))).toEqual(adapter);
    }),
  );
});

test("a file is read wherever its bytes lie in memory", () => {
  const file = loraFile(small);
  const memory = new Uint8Array(file.length + 3);
  memory.set(file, 3);
  expect(readLoraFile(memory.subarray(3))).toEqual(small);
});

test("bytes of any kind are an adapter or a StageError, and those that are cut short are always the latter", () => {
  const attempt = (bytes: Uint8Array): unknown => {
    try {
      return readLoraFile(bytes);
    } catch (error) {
      return error;
    }
  };
  const file = loraFile(small);
  for (let length = 0; length < file.length - 24; length++) expect(StageError.is(attempt(file.subarray(0, length)))).toBe(true);
  const damage = fc.array(fc.record({ at: fc.nat(file.length - 1), byte: fc.nat(255) }), { minLength: 1, maxLength: 6 });
  const damaged = damage.map((changes) => {
    const bytes = file.slice();
    for (const { at, byte } of changes) bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.of(71, 71, 85, 70, 3, 0, 0, 0, ...bytes))), (bytes) => {
      const found = attempt(bytes);
      expect(StageError.is(found) || (found as LoraAdapter).tensors.length > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

describe("refused to be read are", () => {
  const keys = { type: ["general.type", "string", "adapter"], kind: ["adapter.type", "string", "lora"], architecture: ["general.architecture", "string", "llama"], alpha: ["adapter.lora.alpha", "float32", 8] } as const;
  const a = { name: "m.lora_a", shape: [2, 1], data: new Float32Array(2) };
  const b = { name: "m.lora_b", shape: [1, 2], data: new Float32Array(2) };
  const all = Object.values(keys);
  test.each([
    ["what is not GGUF", new TextEncoder().encode("PK and more"), "invalid_argument", "not-gguf"],
    ["a model", ggufFile([keys.architecture], [a, b]), "invalid_argument", "corrupt"],
    ["an alpha that ends llama.cpp", ggufFile([keys.type, keys.kind, keys.architecture, ["adapter.lora.alpha", "float64", 8]], [a, b]), "invalid_argument", "corrupt"],
    ["no matrices", ggufFile(all, []), "invalid_argument", "corrupt"],
    ["a without b", ggufFile(all, [a]), "invalid_argument", "corrupt"],
    ["b without a", ggufFile(all, [a, b, { ...b, name: "n.lora_b" }]), "invalid_argument", "corrupt"],
    ["two ranks", ggufFile(all, [a, { ...b, shape: [2, 1] }]), "invalid_argument", "corrupt"],
    ["one name twice", ggufFile(all, [a, b, a, b]), "invalid_argument", "corrupt"],
    ["a change of the embedding", ggufFile(all, [{ ...a, name: "token_embd.weight.lora_a" }, { ...b, name: "token_embd.weight.lora_b" }]), "unimplemented", undefined],
    ["a norm", ggufFile(all, [a, b, { name: "blk.0.attn_norm.weight", shape: [2], data: new Float32Array(2) }]), "unimplemented", undefined],
  ])("%s", (_, bytes, code, reason) => {
    expect(() => readLoraFile(bytes)).toThrow(expect.objectContaining({ code, reason }));
  });
});

test("what an adapter cannot be is not written", () => {
  const [tensor] = small.tensors as [LoraTensor];
  const refused: Partial<LoraAdapter>[] = [
    { tensors: [] },
    { tensors: [tensor, tensor] },
    { tensors: [{ ...tensor, rank: 2 }] },
    { tensors: [{ ...tensor, rank: 0 }] },
    { tensors: [{ ...tensor, b: Float32Array.of(1, NaN) }] },
    { tensors: [{ ...tensor, name: "n".repeat(60) }] },
    { alpha: Infinity },
    { architecture: "" },
  ];
  for (const change of refused) expect(() => loraFile({ ...small, ...change })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

test("half, brain and quantized floats are read as what they stand for", () => {
  const words = (...numbers: number[]) => new Uint8Array(Uint16Array.from(numbers).buffer);
  expect(tensorNumbers(1, words(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555))).toEqual(Float32Array.of(1, -2, 2 ** -24, 65504, 0.333251953125));
  expect(tensorNumbers(30, words(0x3f80, 0xc000, 0x4049))).toEqual(Float32Array.of(1, -2, 3.140625));
  const block = Uint8Array.of(0x00, 0x38, ...Array.from({ length: 32 }, (_, index) => index - 16));
  expect(tensorNumbers(8, block)).toEqual(Float32Array.from({ length: 32 }, (_, index) => (index - 16) / 2));
});

test("the targets of a model are the matrices of its layers, and the beginning of its file tells them", async () => {
  const file = await readFile(tinyModelPath);
  const { architecture, targets } = adapterTargets(file);
  expect([architecture, targets.length, targets.slice(0, 2)]).toEqual(["llama", 12, [{ name: "blk.0.attn_q.weight", in: 256, out: 256 }, { name: "blk.0.attn_v.weight", in: 256, out: 128 }]]);
  expect(adapterTargets(file.subarray(0, 200_000), { matrices: ["ffn_down"] }).targets[5]).toEqual({ name: "blk.5.ffn_down.weight", in: 512, out: 256 });
  expect(() => adapterTargets(file.subarray(0, 2000))).toThrow(expect.objectContaining({ reason: "truncated" }));
  expect(() => adapterTargets(file, { matrices: ["attn_x"] })).toThrow(expect.objectContaining({ code: "not_found" }));
});

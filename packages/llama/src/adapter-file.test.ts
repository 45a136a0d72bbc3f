import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { StageError } from "@iftk/core";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { checkAdapterFile } from "./adapter-file.js";
import { adapterBytes, pair } from "./fixtures/adapter-bytes.js";
import { openLlama } from "./llama-backend.js";
import { readModelFile } from "./model-file.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-llama-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "adapter.gguf");
const model = await readModelFile(tinyModelPath);
const query = pair("blk.0.attn_q.weight", 256, 256);

async function failureOf(bytes: Uint8Array): Promise<string> {
  writeFileSync(path, bytes);
  try {
    return `accepted as ${await checkAdapterFile(path, "adapter", model)}`;
  } catch (error) {
    if (!StageError.is(error)) throw error;
    return `${error.code} ${error.reason}: ${error.message}`;
  }
}

test("an adapter whose tensors fit is accepted, with the name it gives or that of the file", async () => {
  const embedding = [
    { name: "token_embd.weight.lora_a", shape: [4, 4096] },
    { name: "token_embd.weight.lora_b", shape: [4, 256] },
  ];
  expect(await failureOf(adapterBytes({ tensors: [...query, ...embedding, { name: "blk.0.attn_norm.weight", shape: [256] }], values: { "general.name": "Poet" } }))).toBe("accepted as Poet");
  expect(await failureOf(adapterBytes({ tensors: query, values: { "adapter.lora.alpha": undefined } }))).toBe("accepted as adapter.gguf");
});

test("what is no adapter for this model is refused with the reason", async () => {
  const [a, b] = query;
  const cases: readonly (readonly [Parameters<typeof adapterBytes>[0], string])[] = [
    [{ tensors: query, values: { "general.type": "model" } }, "is not an adapter (general.type)"],
    [{ tensors: query, values: { "general.type": undefined } }, "is not an adapter (general.type)"],
    [{ tensors: query, values: { "adapter.type": 1 } }, "is not a low-rank adapter"],
    [{ tensors: query, values: { "general.architecture": "qwen2" } }, 'is for the architecture "qwen2", the model has llama'],
    [{ tensors: query, values: { "general.architecture": 2 } }, "is for the architecture 2"],
    [{ tensors: query, values: { "adapter.lora.alpha": "8" } }, "adapter.lora.alpha must be"],
    [{ tensors: query, values: { "adapter.lora.alpha": NaN } }, "adapter.lora.alpha must be"],
    [{ tensors: pair("blk.9.attn_q.weight", 256, 256) }, "the model has no tensor blk.9.attn_q.weight"],
    [{ tensors: pair("blk.0.attn_q.weight", 256, 128) }, "tensor blk.0.attn_q.weight of 256x4 and 4x128 does not fit that of the model, 256x256"],
    [{ tensors: pair("token_embd.weight", 256, 4096) }, "does not fit"],
    [{ tensors: pair("output_norm.weight", 256, 1) }, "does not fit"],
    [{ tensors: a === undefined ? [] : [a] }, "tensor blk.0.attn_q.weight.lora_a stands without its other half"],
    [{ tensors: a === undefined || b === undefined ? [] : [a, { ...b, shape: [5, 256] }] }, "does not fit"],
    [{ tensors: a === undefined || b === undefined ? [] : [{ ...a, shape: [256, 4, 1, 2] }, b] }, "does not fit"],
    [{ tensors: query.map((tensor) => ({ ...tensor, type: 26 })) }, "has a type that adapters cannot have"],
    [{ tensors: [...query, { name: "extra", shape: [4] }] }, "tensor extra is not one of an adapter"],
    [{ tensors: [{ name: "blk.0.attn_norm.weight", shape: [256] }] }, "holds no tensors of an adapter"],
  ];
  for (const [content, why] of cases) {
    const message = await failureOf(adapterBytes(content));
    expect(message).toMatch(/^invalid_argument adapter: adapter: /);
    expect(message).toContain(why);
  }
  expect(await failureOf(adapterBytes({ tensors: [...query, ...query.slice(0, 1)] }))).toContain("invalid_argument corrupt: adapter: tensor blk.0.attn_q.weight.lora_a stands twice");
  expect(await failureOf(adapterBytes({ tensors: query, values: { "adapter.alora.invocation_tokens": [1, 2] } }))).toMatch(/^unimplemented backend/);
});

test("a file that is missing, cut short or something else is refused as what it is", async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  await expect(backend.loadAdapter({ path: join(folder, "none.gguf") })).rejects.toMatchObject({ code: "not_found" });
  await expect(backend.loadAdapter({ path: dirname(tinyModelPath) })).rejects.toMatchObject({ code: "invalid_argument" });
  await expect(backend.loadAdapter({ path: tinyModelPath })).rejects.toMatchObject({ code: "invalid_argument", reason: "adapter" });
  const bytes = adapterBytes({ tensors: query });
  for (let length = 0; length < bytes.length; length += 97) await expect(backend.loadAdapter({ bytes: bytes.subarray(0, length) })).rejects.toMatchObject({ code: "invalid_argument" });
});

// A native assertion would end this process, and with it the run.
test("an adapter with damaged bytes is refused or runs, and never ends the process", { timeout: 60_000 }, async () => {
  await using backend = await openLlama({ modelPath: tinyModelPath });
  const sound = adapterBytes({ tensors: query });
  const header = sound.length - 2 * 256 * 4 * 4;
  const edit = fc.tuple(fc.integer({ min: 0, max: header }), fc.integer({ min: 0, max: 255 }));
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      const bytes = sound.slice();
      for (const [offset, value] of edits) bytes[offset] = value;
      const sequence = backend.openSequence();
      try {
        const adapter = await backend.loadAdapter({ bytes });
        await sequence.forward([1, 2, 3], { adapters: [{ adapter, scale: 1 }] });
        adapter.release();
      } catch (error) {
        expect(StageError.is(error) ? ["invalid_argument", "unimplemented"].includes(error.code) : error).toBe(true);
      }
      sequence.release();
    }),
    { numRuns: 200 },
  );
});

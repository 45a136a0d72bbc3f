import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLlama } from "./llama-backend.js";

const folder = mkdtempSync(join(tmpdir(), "iftk-llama-"));
let backend: Backend;
let state: Uint8Array;
beforeAll(async () => {
  backend = await openLlama({ modelPath: tinyModelPath, maximumSequences: 4, cells: 512 });
  const sequence = backend.openSequence();
  await sequence.forward(tokens);
  state = await sequence.save();
  sequence.release();
});
afterAll(async () => {
  await backend.close();
  rmSync(folder, { recursive: true });
});

const tokens = Array.from({ length: 80 }, (_, index) => 300 + ((index * 37) % 3000));
const refused = { code: "invalid_argument", reason: "state" };
const resealed = (bytes: Uint8Array) => {
  bytes.set(createHash("sha256").update(bytes.subarray(40)).digest(), 8);
  return bytes;
};

test("a restored sequence goes on exactly as the saved one, in another backend too", async () => {
  await using other = await openLlama({ modelPath: tinyModelPath, maximumSequences: 2, cells: 256, contextSize: 200 });
  const saved = backend.openSequence();
  await saved.forward(tokens);
  const restored = [await backend.restoreSequence(await saved.save()), await other.restoreSequence(state)];
  expect(other.statistics).toMatchObject({ decodes: 0, sequences: 1 });
  const expected = (await saved.forward([9])).slice();
  for (const sequence of restored) {
    expect([sequence.length, (await sequence.forward([9])).slice()]).toEqual([80, expected]);
    sequence.trim(40);
    const fork = sequence.fork();
    expect((await fork.save()).length).toBe((await sequence.save()).length);
    fork.release();
    sequence.release();
  }
  saved.release();
});

test("an empty sequence is saved and restored", async () => {
  const sequence = backend.openSequence();
  const restored = await backend.restoreSequence(await sequence.save());
  expect(restored.length).toBe(0);
  sequence.release();
  restored.release();
});

test("bytes that are damaged anywhere, cut or lengthened are refused and nothing is left open", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(state.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(state.length - 1), async (offset, change, length) => {
      const flipped = state.slice();
      flipped[offset] = (flipped[offset] ?? 0) ^ change;
      for (const bytes of [flipped, state.subarray(0, length), Buffer.concat([state, state.subarray(0, (length % 64) + 1)])]) await expect(backend.restoreSequence(bytes)).rejects.toMatchObject(refused);
    }),
    { numRuns: 60 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      await expect(backend.restoreSequence(bytes)).rejects.toMatchObject(refused);
      const headed = Buffer.concat([state.subarray(0, 104), bytes]);
      await expect(backend.restoreSequence(headed)).rejects.toMatchObject(refused);
    }),
    { numRuns: 60 },
  );
  for (const value of [undefined, "state", {}]) await expect(backend.restoreSequence(value as never)).rejects.toMatchObject(refused);
  expect(backend.statistics).toMatchObject({ sequences: 0, pending: 0 });
});

// A native assertion would end this process, and with it the run.
test("damage under a checksum that was made anew is refused or restored, and never ends the process", { timeout: 60_000 }, async () => {
  const [headerEnd, metaEnd] = [104, 104 + 16 + 80 * 12];
  const place = fc.oneof(fc.integer({ min: 40, max: headerEnd + 16 }), fc.integer({ min: headerEnd, max: metaEnd + 40 }), fc.nat(state.length - 1));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.option(fc.nat(state.length)), async (edits, cut) => {
      const bytes = state.slice(0, cut ?? state.length);
      for (const [offset, value] of edits) if (offset < bytes.length) bytes[offset] = value;
      if (bytes.length > 40) resealed(bytes);
      try {
        const sequence = await backend.restoreSequence(bytes);
        await sequence.forward([1, 2]);
        sequence.release();
      } catch (error) {
        expect(error).toMatchObject({ code: "invalid_argument" });
      }
      expect(backend.statistics.sequences).toBe(0);
    }),
    { numRuns: 200 },
  );
  // Nothing of what was damaged stays behind.
  const sequence = await backend.restoreSequence(state);
  expect((await sequence.save()).length).toBe(state.length);
  await sequence.forward(new Int32Array(430).fill(7));
  sequence.release();
});

test("a state of another model, version or type of cells is refused with what differs", async () => {
  const bytes = readFileSync(tinyModelPath);
  for (let offset = bytes.length - 40_000; offset < bytes.length; offset++) bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  const modelPath = join(folder, "other.gguf");
  writeFileSync(modelPath, bytes);
  const same = join(folder, "same.gguf");
  copyFileSync(tinyModelPath, same);
  await using trained = await openLlama({ modelPath });
  await using floats = await openLlama({ modelPath: tinyModelPath, cellType: "f32" });
  await using copy = await openLlama({ modelPath: same });
  await expect(trained.restoreSequence(state)).rejects.toMatchObject({ ...refused, message: expect.stringContaining("of another model") as string });
  await expect(floats.restoreSequence(state)).rejects.toMatchObject({ ...refused, message: expect.stringContaining("its cells are f16") as string });
  const older = state.slice();
  older[72] = 0x39;
  await expect(backend.restoreSequence(resealed(older))).rejects.toMatchObject({ ...refused, message: expect.stringContaining("another version of llama.cpp") as string });
  expect((await copy.restoreSequence(state)).length).toBe(80);
  expect([trained, floats].map(({ statistics }) => statistics.sequences)).toEqual([0, 0]);
});

test("a state that finds no cells, no sequence or too small a context is refused as that", async () => {
  await using small = await openLlama({ modelPath: tinyModelPath, maximumSequences: 4, cells: 256 });
  await using short = await openLlama({ modelPath: tinyModelPath, contextSize: 79 });
  const restored = [await small.restoreSequence(state), await small.restoreSequence(state), await small.restoreSequence(state)];
  await expect(small.restoreSequence(state)).rejects.toMatchObject({ code: "resource_exhausted", message: expect.stringContaining("cells") as string });
  restored[0]?.release();
  const last = await small.restoreSequence(state);
  small.openSequence();
  await expect(small.restoreSequence(state)).rejects.toMatchObject({ code: "resource_exhausted", message: expect.stringContaining("sequences") as string });
  await expect(short.restoreSequence(state)).rejects.toMatchObject({ code: "invalid_argument", reason: "context-length" });
  expect(last.length).toBe(80);
});

test("saving waits for the running pass, and passes of others go on between", async () => {
  const [one, other] = [backend.openSequence(), backend.openSequence()];
  await one.forward(tokens);
  const talk = (async () => {
    for (let token = 0; token < 10; token++) await other.forward([token]);
  })();
  const states = [];
  for (let round = 0; round < 3; round++) states.push(await one.save());
  await talk;
  expect(states.map((bytes) => bytes.length)).toEqual(states.map(() => state.length));
  const saving = one.save();
  await expect(one.forward([1])).rejects.toMatchObject({ code: "failed_precondition" });
  one.release();
  await expect(saving).rejects.toMatchObject({ code: "canceled" });
  other.release();
});

test("closing ends what is being saved and restored", async () => {
  const closing = await openLlama({ modelPath: tinyModelPath });
  const sequence = closing.openSequence();
  await sequence.forward(tokens);
  const outcomes = Promise.allSettled([sequence.save(), closing.restoreSequence(state), closing.restoreSequence(state)]);
  await new Promise((resolve) => setImmediate(resolve));
  await closing.close();
  for (const outcome of await outcomes) if (outcome.status === "rejected") expect(["canceled", "failed_precondition"]).toContain((outcome.reason as { code: string }).code);
  await expect(closing.restoreSequence(state)).rejects.toMatchObject({ code: "failed_precondition" });
});

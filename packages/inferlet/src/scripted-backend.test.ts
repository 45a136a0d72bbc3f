import { expect, test } from "vitest";
import { likeliest } from "./sampling/likeliest.js";
import { ScriptedBackend } from "./scripted-backend.js";

test("control tokens are recognised when asked for and have bytes only then", () => {
  const backend = new ScriptedBackend({ reply: "" });
  expect([backend.tokenize("<|im_end|>a", { special: true }), backend.tokenize("<|i").length, backend.tokenBytes(257), new TextDecoder().decode(backend.tokenBytes(257, { special: true }))]).toEqual([
    Int32Array.of(257, 97),
    3,
    new Uint8Array(0),
    "<|im_end|>",
  ]);
});

test("a fork goes on by itself from the same place", async () => {
  const backend = new ScriptedBackend({ reply: (prompt) => `${prompt}!` });
  const sequence = backend.openSequence();
  await sequence.forward(backend.tokenize("ab"));
  const fork = sequence.fork();
  const next = async (from: typeof sequence): Promise<number> => likeliest(await from.forward([97]));
  expect([await next(sequence), await next(sequence), await next(fork), fork.length]).toEqual([98, 33, 98, 3]);
});

test("a second pass of a sequence, and a pass of a released one, are refused", async () => {
  const backend = new ScriptedBackend({ reply: "a" });
  backend.hang();
  const sequence = backend.openSequence();
  const first = sequence.forward([1]);
  await expect(sequence.forward([2])).rejects.toMatchObject({ code: "failed_precondition" });
  sequence.release();
  await expect(first).rejects.toMatchObject({ code: "canceled" });
  expect(backend.statistics).toEqual({ decodes: 0, tokens: 0, sequences: 0, pending: 0 });
});

test("no more sequences are open than there may be, and none after closing", async () => {
  const backend = new ScriptedBackend({ reply: "a", maximumSequences: 1 });
  backend.openSequence();
  expect(() => backend.openSequence()).toThrow(expect.objectContaining({ code: "resource_exhausted" }));
  await backend.close();
  expect(() => backend.openSequence()).toThrow(expect.objectContaining({ code: "failed_precondition" }));
});

test("resuming lets a hanging pass go on", async () => {
  const backend = new ScriptedBackend({ reply: "z" });
  backend.hang();
  const pass = backend.openSequence().forward([1]);
  backend.resume();
  expect(likeliest(await pass)).toBe(122);
});

test("logits that are given take the place of a reply, and see the tokens of the sequence", async () => {
  const backend = new ScriptedBackend({ reply: "", logits: (tokens) => Float32Array.from({ length: 260 }, (_, token) => (token === tokens.length ? 1 : 0)) });
  const sequence = backend.openSequence();
  await sequence.forward([5, 6]);
  expect(likeliest(await sequence.forward([7]))).toBe(3);
});

const echo = (): ScriptedBackend => new ScriptedBackend({ reply: (prompt) => `${prompt.toUpperCase()}!` });

test("a prompt may come in several passes, and a draft that is right goes on with the reply, as single tokens do", async () => {
  const backend = echo();
  const said = async (...passes: string[]): Promise<string> => {
    const sequence = backend.openSequence();
    let last = 0;
    for (const pass of passes) last = likeliest(await sequence.forward(backend.tokenize(pass)));
    return String.fromCharCode(last);
  };
  expect([await said("ab"), await said("a", "b"), await said("ab", "A"), await said("ab", "AB"), await said("ab", "AB!"), await said("ab", "Ax")]).toEqual(["A", "A", "B", "!", "\u0101", "A"]);
  const sequence = backend.openSequence();
  await sequence.forwardRows(backend.tokenize("ab"), { rows: [] });
  expect(String.fromCharCode(likeliest(await sequence.forward(backend.tokenize("A"))))).toBe("A");
});

test("rows are what passes of one token each give, and what is trimmed is forgotten", async () => {
  const backend = echo();
  const sequence = backend.openSequence();
  await sequence.forward(backend.tokenize("ab"));
  const { logits, embeddings } = await sequence.forwardRows(backend.tokenize("ABx"), { rows: [0, 1], want: "both" });
  expect([logits.map((row) => String.fromCharCode(likeliest(row))), embeddings]).toEqual([["B", "!"], [Float32Array.of(65, 3), Float32Array.of(66, 4)]]);
  sequence.trim(3);
  expect([String.fromCharCode(likeliest(await sequence.forward([66]))), sequence.length]).toEqual(["!", 4]);
});

test("rows that cannot be, positions and attention are refused", async () => {
  const sequence = echo().openSequence();
  const results = await Promise.allSettled([{ rows: [2] }, { rows: [1, 0] }, { rows: [0.5] }, { positions: [0, 1] }, { attention: [Uint8Array.of(1, 1), Uint8Array.of(1, 1)] }].map((options) => sequence.forwardRows([1, 2], options)));
  expect(results.map((result) => (result as { reason: { code: string } }).reason.code)).toEqual(["invalid_argument", "invalid_argument", "invalid_argument", "unimplemented", "unimplemented"]);
  expect(sequence.length).toBe(0);
});

test("a sequence is saved and restored with its reply, and damaged bytes are refused", async () => {
  const backend = echo();
  const sequence = backend.openSequence();
  await sequence.forward(backend.tokenize("abc"));
  await sequence.forward(backend.tokenize("A"));
  await sequence.discard(0, 2);
  const bytes = await sequence.save();
  const restored = await backend.restoreSequence(bytes);
  expect([restored.length, String.fromCharCode(likeliest(await restored.forward(backend.tokenize("B"))))]).toEqual([2, "C"]);
  const damaged = bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte));
  for (const wrong of [damaged, bytes.subarray(0, 12), new Uint8Array(0)]) await expect(backend.restoreSequence(wrong)).rejects.toMatchObject({ code: "invalid_argument", reason: "state" });
  expect(backend.statistics.sequences).toBe(2);
});

test("an adapter adds its bytes to the logits of the passes that name it", async () => {
  const backend = echo();
  const adapter = await backend.loadAdapter({ bytes: Uint8Array.of(100, 0, 7) });
  const sequence = backend.openSequence();
  const adapted = await sequence.forward([65], { adapters: [{ adapter, scale: 0.5 }] });
  expect([likeliest(adapted), adapted[0], adapted[2]]).toEqual([0, 50, 3.5]);
  expect(likeliest(await sequence.forward([65]))).toBe(33);
  adapter.release();
  await expect(sequence.forward([65], { adapters: [{ adapter, scale: 1 }] })).rejects.toMatchObject({ code: "invalid_argument" });
  expect(sequence.length).toBe(2);
});

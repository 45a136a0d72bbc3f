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

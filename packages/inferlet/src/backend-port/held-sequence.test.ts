import { expect, test } from "vitest";
import { ScriptedBackend } from "../scripted-backend.js";
import { overPort } from "./fixtures/over-port.js";

test("a sequence that is released as soon as it is forked leaves the fork whole", async () => {
  const backend = new ScriptedBackend({ reply: "", logits: (tokens) => Array.from({ length: 260 }, (_, token) => tokens.reduce((sum, one) => sum * 31 + one + token, 0)) });
  const { remote } = overPort(backend);
  const parent = remote.openSequence();
  await parent.forward([1, 2]);
  const [early, late] = [parent.fork(), remote.openSequence()];
  parent.release();
  const fork = late.fork();
  late.release();
  const here = backend.openSequence();
  expect(await early.forward([3])).toEqual(await here.forward([1, 2, 3]));
  await expect(fork.forward([])).rejects.toMatchObject({ code: "invalid_argument" });
});

test("what is opened after a release has its room, even where the release waits for a fork", async () => {
  const backend = new ScriptedBackend({ reply: "", maximumSequences: 2 });
  const { remote } = overPort(backend);
  const parent = remote.openSequence();
  const state = Uint8Array.from(await parent.save());
  const fork = parent.fork();
  parent.release();
  const opened = remote.openSequence();
  await opened.forward([1]);
  fork.release();
  const restored = await remote.restoreSequence(state);
  restored.release();
  await expect(opened.fork().forward([2])).resolves.toBeDefined();
  expect(() => remote.openSequence()).toThrow(expect.objectContaining({ code: "resource_exhausted" }));
  expect(backend.statistics.sequences).toBe(2);
});

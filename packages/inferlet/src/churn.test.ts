import { expect, test } from "vitest";
import { churn } from "./churn.js";
import { ScriptedBackend } from "./scripted-backend.js";

test("many generations at once are forked and left, and no sequence is kept", async () => {
  await using backend = new ScriptedBackend({ reply: "a reply that is longer than a text may become" });
  const { tokens, generations, forks, left } = await churn(backend, { tokens: 2000, seed: 1 });
  expect({
    tokens: tokens >= 2000 && tokens < 2000 + backend.maximumSequences,
    forks: forks > 10 && forks < generations,
    left: left > 2,
    sequences: backend.statistics.sequences,
    pending: backend.statistics.pending,
  }).toEqual({ tokens: true, forks: true, left: true, sequences: 0, pending: 0 });
});

test("what fails and was not aborted is told", async () => {
  await using backend = new ScriptedBackend({ reply: "a reply" });
  const failure = new Error("the model is gone");
  backend.failNext(failure);
  await expect(churn(backend, { tokens: 100, seed: 1, lanes: 1 })).rejects.toBe(failure);
  expect(backend.statistics.sequences).toBe(0);
});

import { beforeEach, expect, test } from "vitest";
import { Model } from "../model/model.js";
import { ScriptedBackend } from "../scripted-backend.js";
import { Adapter } from "./adapter.js";

let backend: ScriptedBackend;
beforeEach(() => {
  backend = new ScriptedBackend({ reply: "", logits: () => new Float32Array(260) });
});

/** Each byte is added to the logit of the token of its place. */
const bytes = (...values: number[]) => ({ bytes: Uint8Array.of(...values) });

test("a pass applies the adapters that it names, each with its scale, and the next one without is bare again", async () => {
  using one = await Adapter.load(backend, bytes(8, 0, 4));
  using other = await Adapter.load(Model.of(backend), bytes(0, 10), { scale: 0.5 });
  const sequence = backend.openSequence();
  const found: number[][] = [];
  for (const adapters of [[one], [], [one.at(-0.5)], [one, other], [other.at(2), one.at(0)]]) {
    found.push(Array.from((await sequence.forward([65], { adapters })).subarray(0, 3)));
  }
  expect(found).toEqual([[8, 0, 4], [0, 0, 0], [-4, 0, -2], [8, 5, 4], [0, 20, 0]]);
});

test("a released adapter is refused where it is used, and released once", async () => {
  const adapter = await Adapter.load(backend, bytes(1));
  const held = adapter.adapter;
  adapter.release();
  adapter.release();
  expect(() => adapter.at(1)).toThrow(expect.objectContaining({ code: "failed_precondition", message: "adapter scripted: it was released; load it again" }));
  await expect(backend.openSequence().forward([65], { adapters: [{ adapter: held, scale: 1 }] })).rejects.toMatchObject({ code: "invalid_argument" });
});

test("a source that is none and a scale that is not finite are refused before anything is loaded, and an abort is heard", async () => {
  await expect(Adapter.load(backend, "pirate.gguf" as never)).rejects.toMatchObject({ code: "invalid_argument", message: "adapter: expected { path } or { bytes }, got a string; give { path }" });
  await expect(Adapter.load(backend, bytes(), { scale: NaN })).rejects.toMatchObject({ code: "invalid_argument", message: "scale: expected a finite number, got NaN" });
  using adapter = await Adapter.load(backend, bytes(1));
  expect(() => adapter.at(Infinity)).toThrow(expect.objectContaining({ code: "invalid_argument" }));
  const reason = new Error("enough");
  await expect(Adapter.load(backend, bytes(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

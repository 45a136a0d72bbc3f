import { collect, StageError, type Call } from "@iftk/core";
import { defineModel, defineTask, implement, type Model } from "@iftk/core/task";
import { countedAbort, feed, hang, stageLaws, taskLaws, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import * as z from "zod";
import { loaderOf, newFates, run, slowLoader } from "../fixtures/shout-loaders.js";
import { shoutModel, shouter, shouting } from "../fixtures/shout-task.js";
import type { ModelLoader } from "./model-loader.js";
import { modelManager } from "./model-manager.js";

test("a model is loaded when it is first asked for, once, however many ask at once", async () => {
  const loader = loaderOf("local", ["m"]);
  const models = modelManager({ loaders: [loader] });
  expect(loader.fates.loads).toEqual([]);
  const [one, two] = await Promise.all([models.load("m"), models.load("m")]);
  expect([one === two, await models.load("m") === one, await run(one), loader.fates.loads]).toEqual([true, true, "A", ["local m"]]);
});

test("who leaves does not stop the loading for the others; the last who leaves does", async () => {
  const { loader, give, signals } = slowLoader();
  const models = modelManager({ loaders: [loader] });
  const callers = [countedAbort(), countedAbort()];
  const [first, second] = callers.map(({ signal }) => models.load("m", { signal }));
  await turns();
  callers[0]?.abort("enough");
  await expect(first).rejects.toBe("enough");
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  callers[1]?.abort("enough, too");
  await expect(second).rejects.toBe("enough, too");
  expect([signals[0]?.reason, callers.map(({ listeners }) => listeners)]).toEqual(["enough, too", [0, 0]]);
  const fates = newFates();
  give(shoutModel("m", fates));
  await turns();
  expect([fates.disposed, await models.list()]).toEqual([["m"], []]);
});

test("after all have left, a model that is asked for again is loaded anew, without waiting for a loader that is deaf", async () => {
  const caller = new AbortController();
  const fates = newFates();
  let isDeaf = true;
  const models = modelManager({ loaders: [{ name: "deaf", load: (id) => (isDeaf ? new Promise(() => {}) : shoutModel(id, fates)) }] });
  const lost = models.load("m", { signal: caller.signal });
  await turns();
  caller.abort("enough");
  await expect(lost).rejects.toBe("enough");
  isDeaf = false;
  expect(await run(models.load("m"))).toBe("A");
});

test("loaders are asked in their order; the first that has a model loads it", async () => {
  const fates = newFates();
  const models = modelManager({ loaders: [loaderOf("local", ["a"], fates), loaderOf("hub", ["a", "b"], fates)] });
  await models.load("b");
  await models.load("a");
  expect(fates.loads).toEqual(["local b", "hub b", "local a"]);
});

test("a backend that is named loads the model, although another has it already", async () => {
  const fates = newFates();
  const models = modelManager({ loaders: [loaderOf("cpu", ["m"], fates), loaderOf("gpu", ["m"], fates)] });
  const [any, gpu, again] = [await models.load("m"), await models.load("m", { backend: "gpu" }), await models.load("m", { backend: "gpu" })];
  expect([any === gpu, gpu === again, fates.loads, await run(gpu)]).toEqual([false, true, ["cpu m", "gpu m"], "A"]);
  expect((await models.list()).map(({ backend, state }) => [backend, state])).toEqual([["cpu", "loaded"], ["gpu", "loaded"]]);
  await expect(models.load("m", { backend: "tpu" })).rejects.toMatchObject({ code: "invalid_argument", message: 'there is no backend "tpu"; there is deployed, cpu, gpu' });
});

test("a model that no loader has is not found", async () => {
  const models = modelManager({ loaders: [loaderOf("local", []), loaderOf("hub", [])] });
  await expect(models.load("m")).rejects.toMatchObject({ code: "not_found", reason: "model", message: 'there is no model "m"; asked: local, hub' });
  await expect(modelManager({}).resolve("m")).rejects.toMatchObject({ code: "not_found", reason: "model" });
});

test("when no loader succeeds all failures are told, and the next call tries again", async () => {
  const [torn, secret] = [new StageError("unavailable", "the disk is gone"), new TypeError("token hf_123 was refused")];
  let isDown = true;
  const failing = (name: string, error: Error): ModelLoader => ({ name, load: (id) => (isDown ? Promise.reject(error) : shoutModel(id, newFates())) });
  const models = modelManager({ loaders: [failing("local", torn), loaderOf("cache", []), failing("hub", secret)] });
  const error = await models.load("m").catch((reason: unknown) => reason as StageError);
  expect(error).toMatchObject({ code: "unavailable", reason: "model", message: 'the model "m" could not be loaded: local: the disk is gone; cache has none; hub: it failed with TypeError, which is in the cause' });
  expect(((error as StageError).cause as AggregateError).errors).toEqual([torn, secret]);
  isDown = false;
  expect(await run(models.load("m"))).toBe("A");
});

test("a loader that fails is passed over when another has the model", async () => {
  const models = modelManager({ loaders: [{ name: "broken", load: () => Promise.reject(new Error("broken")) }, loaderOf("hub", ["m"])] });
  expect(await run(models.load("m"))).toBe("A");
});

test("a loader that gives no model, or cannot say which it has, is told by its name", async () => {
  const torn = new StageError("unavailable", "the disk is gone");
  const models = modelManager({ loaders: [{ name: "junk", load: () => ({}) as never }, { name: "disk", load: () => undefined, list: () => Promise.reject(torn) }] });
  await expect(models.load("m")).rejects.toMatchObject({ code: "unavailable", reason: "model", message: expect.stringContaining('junk: the loader gave something for "m" that is no model; make it with defineModel; disk has none') });
  const listed = { code: "unavailable", reason: "model", message: "the models of disk could not be listed: the disk is gone", cause: torn };
  await expect(models.list()).rejects.toMatchObject(listed);
  await expect(models.undeploy("m")).rejects.toMatchObject(listed);
});

test("old ids lead to the model that took their place, also over several steps and by the model's own word", async () => {
  const fates = newFates();
  const loader: ModelLoader = { name: "local", load: (id) => (fates.loads.push(id), ["new", "also-new"].includes(id) ? shoutModel("new", fates, ["also-new"]) : undefined) };
  const models = modelManager({ loaders: [loader], aliases: { older: "old", old: "new", constructor: "new" } });
  const all = await Promise.all(["new", "old", "older", "also-new", "constructor"].map((id) => models.load(id)));
  expect([new Set(all).size, (await models.list())[0]]).toEqual([1, { id: "new", aliases: ["older", "old", "constructor", "also-new"], tasks: ["shouting"], state: "loaded", loaded: true, backend: "local" }]);
  await models.load("also-new");
  expect(fates.loads.filter((id) => id === "new")).toEqual(["new"]);
});

test("a model that is loaded by two names at once is kept once", async () => {
  const fates = newFates();
  const loader: ModelLoader = { name: "local", load: () => Promise.resolve(shoutModel("new", fates, ["old"])) };
  const models = modelManager({ loaders: [loader] });
  const [one, two] = await Promise.all([models.load("old"), models.load("new")]);
  expect([one === two, fates.disposed, (await models.list()).length]).toEqual([true, ["new"], 1]);
});

test("aliases that go round are refused, and so are two loaders of one name and no room at all", () => {
  expect(() => modelManager({ aliases: { a: "b", b: "c", c: "a" } })).toThrow("the aliases a -> b -> c -> a go round");
  expect(() => modelManager({ loaders: [loaderOf("x", []), loaderOf("x", [])] })).toThrow('two loaders have the name "x"');
  expect(() => modelManager({ maxLoaded: 0 })).toThrow("maxLoaded must be a number from 1 on, not 0");
});

test("who names no model gets the default one, or is told that there is none", async () => {
  const loaders = [loaderOf("local", ["m"])];
  expect(await run(modelManager({ loaders, defaultModel: "m" }).resolve(undefined))).toBe("A");
  await expect(modelManager({ loaders }).resolve(undefined)).rejects.toMatchObject({ code: "not_found", reason: "model" });
});

test("the list tells what could be loaded, what is being loaded and what is", async () => {
  const { loader, give } = slowLoader();
  const models = modelManager({ loaders: [loaderOf("local", ["a", "b"]), loader], aliases: { old: "b" } });
  await models.load("a");
  const loading = models.load("c");
  await turns();
  expect(await models.list()).toEqual([
    { id: "a", aliases: [], tasks: ["shouting"], state: "loaded", loaded: true, backend: "local" },
    { id: "b", aliases: ["old"], state: "available", loaded: false, backend: "local" },
    { id: "c", aliases: [], state: "loading", loaded: false, backend: "slow" },
  ]);
  give(shoutModel("c", newFates()));
  await loading;
});

test("beyond maxLoaded the idle model that was used least recently is freed, and loaded again by the next call", async () => {
  const loader = loaderOf("local", ["a", "b", "c"]);
  const { loads, disposed } = loader.fates;
  const models = modelManager({ loaders: [loader], maxLoaded: 2 });
  const [a] = [await models.load("a"), await models.load("b")];
  await run(a);
  await models.load("c");
  await turns();
  expect([disposed, await run(a), loads]).toEqual([["b"], "A", ["local a", "local b", "local c"]]);
  const b = await models.load("b");
  await turns();
  expect([[...disposed], await run(b), await run(models.load("c"))]).toEqual([["b", "c"], "A", "A"]);
  await turns();
  expect([await run(a), disposed, loads.slice(3)]).toEqual(["A", ["b", "c", "a", "b"], ["local b", "local c", "local a"]]);
});

test("a call that loads its model again leaves that when it is aborted", async () => {
  const fates = newFates();
  const loads: AbortSignal[] = [];
  const load = (id: string, { signal }: Pick<Call, "signal">): Promise<Model> | Model => (loads.push(signal) === 3 ? new Promise(() => {}) : shoutModel(id, fates));
  const models = modelManager({ loaders: [{ name: "local", load }], maxLoaded: 1 });
  const [a] = [await models.load("a"), await models.load("b")];
  await turns();
  const caller = new AbortController();
  const call = shouting.load(a).run("x", { signal: caller.signal });
  call.catch(() => {});
  await turns();
  caller.abort("enough");
  await expect(call).rejects.toBe("enough");
  await turns();
  expect([fates.disposed, loads.map(({ aborted }) => aborted)]).toEqual([["a"], [false, false, true]]);
  await expect(models.load("a", { signal: caller.signal })).rejects.toBe("enough");
  expect(loads.length).toBe(3);
});

test("a model that a call runs on is not freed before it ends", async () => {
  const loader = loaderOf("local", ["a", "b"]);
  const models = modelManager({ loaders: [loader], maxLoaded: 1 });
  const reading = shouting.load(await models.load("a")).bidi(feed("x", "y"))[Symbol.asyncIterator]();
  expect((await reading.next()).value).toBe("X");
  await models.load("b");
  await turns();
  expect(loader.fates.disposed).toEqual([]);
  await reading.return?.();
  await turns();
  expect(loader.fates.disposed).toEqual(["a"]);
});

test("a model is through with being freed before it is loaded again", async () => {
  const free = Promise.withResolvers<void>();
  const steps: string[] = [];
  const load = (id: string): Model => {
    steps.push(`load ${id}`);
    return defineModel({ id, tasks: [shouter], dispose: () => free.promise.then(() => void steps.push(`freed ${id}`)) });
  };
  const models = modelManager({ loaders: [{ name: "local", load }], maxLoaded: 1 });
  await models.load("a");
  await models.load("b");
  const again = models.load("a");
  await turns();
  free.resolve();
  await again;
  expect(steps.slice(0, 4)).toEqual(["load a", "load b", "freed a", "load a"]);
});

test("a model of several tasks serves each, with parameters, batches and the error for one it lacks", async () => {
  const counting = defineTask({ name: "counting", input: { whole: z.string() }, output: { whole: z.number() } });
  const other = defineTask({ name: "other", input: { whole: z.string() }, output: { whole: z.number() } });
  const model = defineModel({ id: "m", tasks: [shouter, implement(counting, { unary: (text) => text.length })] });
  const loaded = await modelManager({ loaders: [{ name: "local", load: () => model }] }).load("m");
  const loud = shouting.load(loaded).with({ marks: 2 });
  expect([await counting.load(loaded).run("abc"), await loud.run("a"), await collect(loud.bidi(feed("a", "b"))), await loud.runBatch(["a", "b"]), shouting.load(loaded).given]).toEqual([3, "A!!", ["A", "B", "!", "!"], ["A!!", "B!!"], shouter.given]);
  expect(() => shouting.load(loaded).with({ marks: -1 })).toThrow(expect.objectContaining({ code: "invalid_argument" }) as Error);
  expect(() => other.load(loaded)).toThrow(expect.objectContaining({ code: "invalid_argument", reason: "task" }) as Error);
});

const shared = modelManager({ loaders: [loaderOf("local", ["m"])] });
const managed = shouting.load(await shared.load("m"));
const silent = implement(shouting, { bidi: () => hang<string>() });
const stuck = shouting.load(await modelManager({ loaders: [{ name: "local", load: (id) => defineModel({ id, tasks: [silent] }) }] }).load("m"));
stageLaws("a managed model, unary", { stage: () => managed.unary, hanging: () => stuck.unary, input: ["ab"], output: ["AB"] });
stageLaws("a managed model, output stream", { stage: () => managed.outputStream, hanging: () => stuck.outputStream, input: ["ab"], output: ["A", "B"] });
stageLaws("a managed model, input stream", { stage: () => managed.inputStream, input: ["a", "b"], output: ["AB"] });
stageLaws("a managed model, bidi", { stage: () => managed.bidi, input: ["a", "b"], output: ["A", "B"] });
taskLaws("a managed model", {
  task: shouting,
  wholes: ["", "a fox", "é 🦊"],
  implementation: shouter,
  parameters: { marks: 2 },
  rounds: 5,
  serve: async (implementation) => shouting.load(await modelManager({ loaders: [{ name: "local", load: (id) => defineModel({ id, tasks: [implementation] }) }], maxLoaded: 1 }).load("m")),
});

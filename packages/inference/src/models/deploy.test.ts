import { collect } from "@iftk/core";
import { defineModel } from "@iftk/core/task";
import { feed, turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { loaderOf, newFates, run, slowLoader } from "../fixtures/shout-loaders.js";
import { shoutModel, shouter, shouting } from "../fixtures/shout-task.js";
import { modelManager } from "./model-manager.js";

test("undeploying refuses new calls, lets those that run end, and then frees the model", async () => {
  const loader = loaderOf("local", ["m"]);
  const models = modelManager({ loaders: [loader], aliases: { old: "m" } });
  const model = await models.load("m");
  const gate = Promise.withResolvers<string>();
  const reading = collect(shouting.load(model).bidi(from(gate.promise)));
  await turns();
  const undeploying = models.undeploy("old");
  await turns();
  const gone = { code: "not_found", reason: "model" };
  await expect(models.load("m")).rejects.toMatchObject(gone);
  await expect(run(model)).rejects.toMatchObject(gone);
  await expect(models.undeploy("m")).rejects.toMatchObject(gone);
  expect([loader.fates.disposed, await models.list()]).toEqual([[], []]);
  gate.resolve("late");
  await undeploying;
  expect([await reading, loader.fates.disposed]).toEqual([["LATE"], ["m"]]);
  expect(await run(models.deploy("m"))).toBe("A");
  expect(await run(model)).toBe("A");
});

test("who no longer waits for undeploying is told at once; the model is freed all the same", async () => {
  const loader = loaderOf("local", ["m"]);
  const models = modelManager({ loaders: [loader] });
  const reading = shouting.load(await models.load("m")).bidi(feed("x", "y"))[Symbol.asyncIterator]();
  await reading.next();
  const caller = new AbortController();
  const undeploying = models.undeploy("m", { signal: caller.signal });
  await turns();
  caller.abort("enough");
  await expect(undeploying).rejects.toBe("enough");
  await reading.return?.();
  await turns();
  expect(loader.fates.disposed).toEqual(["m"]);
});

test("undeploying a model that is being loaded stops that", async () => {
  const { loader, signals } = slowLoader();
  const models = modelManager({ loaders: [loader] });
  const loading = models.load("m");
  loading.catch(() => {});
  await turns();
  await models.undeploy("m");
  await expect(loading).rejects.toMatchObject({ code: "not_found", reason: "model" });
  expect(signals[0]?.aborted).toBe(true);
});

test("a model that fails to be freed is told to who undeploys it", async () => {
  const torn = new Error("cannot be freed");
  const models = modelManager({});
  await models.deploy("m", defineModel({ id: "m", tasks: [shouter], dispose: () => Promise.reject(torn) }));
  await expect(models.undeploy("m")).rejects.toBe(torn);
  await expect(models.undeploy("never")).rejects.toMatchObject({ code: "not_found" });
});

test("a model is deployed as it is, or with its source, and goes before those of the loaders", async () => {
  const fates = newFates();
  const loader = loaderOf("local", ["a"]);
  const models = modelManager({ loaders: [loader], maxLoaded: 1 });
  expect(await run(models.deploy("a", shoutModel("a", fates)))).toBe("A");
  expect(await run(models.deploy("b", ({ signal }) => Promise.resolve(signal.aborted ? shoutModel("?", fates) : shoutModel("b", fates))))).toBe("A");
  await turns();
  expect([loader.fates.loads, fates.disposed, (await models.list()).filter(({ loaded }) => loaded).map(({ id, backend }) => [id, backend])]).toEqual([[], [], [["a", "deployed"], ["b", "deployed"]]]);
  await expect(models.deploy("a", shoutModel("a", fates))).rejects.toMatchObject({ code: "failed_precondition", reason: "model" });
});

test("a source that fails deploys nothing, and what it throws is untouched", async () => {
  const torn = new Error("torn");
  const models = modelManager({});
  await expect(models.deploy("m", () => Promise.reject(torn))).rejects.toBe(torn);
  for (const none of [undefined, {}]) await expect(models.deploy("m", () => none as never)).rejects.toMatchObject({ code: "internal", reason: "model", message: 'the source gave something for "m" that is no model; make it with defineModel' });
  const fates = newFates();
  await expect(models.deploy("m", shoutModel("other", fates))).rejects.toMatchObject({ code: "invalid_argument", message: 'the source for "m" gave the model "other"; deploy it by its id' });
  expect([fates.disposed, await models.list()]).toEqual([["other"], []]);
  expect(await run(models.deploy("m", () => shoutModel("m", fates)))).toBe("A");
});

test("disposing of the manager stops what loads, lets calls end, and frees every model; disposing of a model leaves it loaded", async () => {
  const fates = newFates();
  const { loader, signals } = slowLoader();
  const models = modelManager({ loaders: [loaderOf("local", ["a", "b"], fates), loader] });
  const a = await models.load("a");
  await a[Symbol.asyncDispose]();
  expect([await run(a), fates.disposed]).toEqual(["A", []]);
  await models.load("b");
  const loading = models.load("c");
  loading.catch(() => {});
  await turns();
  await models[Symbol.asyncDispose]();
  await expect(loading).rejects.toMatchObject({ code: "unavailable" });
  await expect(run(a)).rejects.toMatchObject({ code: "unavailable", message: "the model manager is closed" });
  await expect(models.load("a")).rejects.toMatchObject({ code: "unavailable" });
  expect([fates.disposed, signals[0]?.aborted]).toEqual([["a", "b"], true]);
});

test("what freeing for want of room fails with is told when the manager is disposed of", async () => {
  const torn = new Error("cannot be freed");
  const loaders = [{ name: "local", load: (id: string) => defineModel({ id, tasks: [shouter], dispose: () => Promise.reject(torn) }) }];
  const models = modelManager({ loaders, maxLoaded: 1 });
  await models.load("a");
  await models.load("b");
  await expect(models[Symbol.asyncDispose]()).rejects.toBe(torn);
});

async function* from(text: Promise<string>): AsyncGenerator<string, void, undefined> {
  yield await text;
}

/** A remote stage over a real server keeps the laws. */
import { collect, outputStream, StageError, unary } from "@iftk/core";
import type { Stream } from "@iftk/core";
import { stageLaws, turns } from "@iftk/testing";
import { afterAll, describe, expect, test } from "vitest";
import { remote } from "@iftk/client";
import { listen, serve } from "@iftk/server";

const counts = { runs: 0 };
async function* counted<T>(values: Stream<T>): Stream<T> {
  counts.runs += 1;
  try {
    yield* values;
  } finally {
    counts.runs -= 1;
  }
}
const heard = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
const words = outputStream(async function* words(text: string) {
  yield* counted((async function* () { yield* text.split(" "); })());
});
const upper = unary(async function upper(text: string) {
  return text.toUpperCase();
});
const silent = outputStream(async function* silent(_text: string, { signal }): Stream<string> {
  counts.runs += 1;
  try {
    await heard(signal);
  } finally {
    counts.runs -= 1;
  }
});
const mute = unary(async function mute(_text: string, { signal }): Promise<string> {
  return heard(signal);
});
const endless = outputStream(async function* endless(_input: number) {
  counts.runs += 1;
  try {
    for (let index = 0; ; index += 1) {
      yield index;
      if (index % 7 === 0) await turns();
    }
  } finally {
    counts.runs -= 1;
  }
});

const server = await listen(serve({ words, upper, silent, mute, endless }), { port: 0 });
afterAll(() => server.close({ grace: 0 }));
const at = (name: string) => `${server.url}/${name}`;

stageLaws("a stage that is served and called over HTTP", {
  stage: () => remote<typeof words>(at("words")),
  hanging: () => remote<typeof silent>(at("silent")),
  input: ["a é 🦊"],
  output: ["a", "é", "🦊"],
  isReleased: () => counts.runs === 0,
});
stageLaws("a unary stage that is served and called over HTTP", {
  stage: () => remote<typeof upper>(at("upper"), { mode: "unary" }),
  hanging: () => remote<typeof mute>(at("mute"), { mode: "unary" }),
  input: ["a"],
  output: ["A"],
  isReleased: () => counts.runs === 0,
});

describe("a stage that is served and called over HTTP", () => {
  test("the stage ends when its caller leaves, whenever that is", async () => {
    const stage = remote<typeof endless>(at("endless"));
    for (let wait = 0; wait < 50; wait += 1) {
      const iterator = stage(1)[Symbol.asyncIterator]();
      if (wait % 3 === 0) iterator.next().catch(() => {});
      else for (let read = 0; read < wait; read += 1) expect(await iterator.next()).toEqual({ done: false, value: read });
      await turns(wait % 5);
      await iterator.return?.();
    }
    for (let turn = 0; turn < 2000 && counts.runs > 0; turn += 1) await turns();
    expect(counts.runs).toBe(0);
  });
  test("a page elsewhere is told what is wrong", async () => {
    await expect(collect(remote<typeof words>(at("nowhere"))("a"))).rejects.toEqual(new StageError("not_found", "There is no stage at this path.", { reason: "route" }));
  });
  test("in memory", async () => {
    const handle = serve({ words });
    const stage = remote<typeof words>("http://memory/words", { fetch: (url, init) => handle(new Request(url, init)) });
    expect(await collect(stage("a b"))).toEqual(["a", "b"]);
  });
});

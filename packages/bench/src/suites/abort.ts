/** How soon the source is closed after the caller aborts, while a read is pending on a source that never answers. */
import { collect, filter, flatMap, map, pipe, scan } from "@iftk/core";
import { median } from "../measure.js";
import type { Aborted } from "../report.js";
import { seed, stepsOf } from "../workload/steps.js";
import { advance, isWord, pieces, translated, unspaced } from "../workload/tokens.js";
import { generatorOf } from "../peers/async-generators.js";

type Read = (source: AsyncIterable<string>, signal: AbortSignal) => Promise<unknown>;

const five = pipe(map(unspaced), filter(isWord), scan(advance, seed), flatMap(pieces), map(translated));

const readers: readonly (readonly [string, Read])[] = [
  ["iftk", (source, signal) => collect(five(source, { signal }))],
  ["iftk for await", async (source, signal) => {
    for await (const token of five(source, { signal })) if (token === "") break;
  }],
  ["async generators", async (source, signal) => {
    for await (const token of stepsOf[5].reduce((input, step) => generatorOf(step, input), source)) if (token === "" || signal.aborted) break;
  }],
];

const patience = 100;
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0));

interface Trial {
  readonly closed: number | undefined;
  readonly milliseconds: number | undefined;
  readonly settled: number | undefined;
}

async function tryOnce(read: Read): Promise<Trial> {
  const closings: number[] = [];
  const close = (): void => void closings.push(performance.now());
  const controller = new AbortController();
  const source: AsyncIterableIterator<string, undefined> = {
    next: () => new Promise(() => {}),
    return: () => {
      close();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  read(source, controller.signal).then(settle, settle);
  await turn();
  const begun = performance.now();
  controller.abort(new Error("stopped"));
  let [closed, settled]: [number | undefined, number | undefined] = [undefined, undefined];
  for (let count = 0; count < patience && (closed === undefined || settled === undefined); count++) {
    if (closings.length > 0) closed ??= count;
    if (isSettled) settled ??= count;
    await turn();
  }
  return { closed, settled, milliseconds: closings[0] === undefined ? undefined : closings[0] - begun };
}

/** The median of the numbers; null when one is missing. */
function middle(values: readonly (number | undefined)[]): number | null {
  return values.includes(undefined) ? null : median(values as readonly number[]);
}

/** Measures the way of an abort to the source: turns of the event loop (0 is at once) and milliseconds. */
export async function measureAbort(trials: number): Promise<readonly Aborted[]> {
  const results: Aborted[] = [];
  for (const [implementation, read] of readers) {
    const found: Trial[] = [];
    for (let trial = 0; trial < (implementation === "async generators" ? 1 : trials); trial++) found.push(await tryOnce(read));
    results.push({
      implementation,
      turnsToClosed: middle(found.map(({ closed }) => closed)),
      millisecondsToClosed: middle(found.map(({ milliseconds }) => milliseconds)),
      turnsToSettled: middle(found.map(({ settled }) => settled)),
    });
  }
  return results;
}

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { bidi, each, filter, forEach, map, pipe, unary, type Stream } from "./index.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

async function* numbers(count: number): AsyncGenerator<number, void, undefined> {
  for (let n = 0; n < count; n++) yield n;
}

test("the heap is flat over a long stream, with the caller's signal alive all the time", async () => {
  const { signal } = new AbortController();
  const passOn = bidi(async function* passOn(input: Stream<number>) {
    yield* input;
  });
  const pipeline = pipe(map((n: number) => n + 1), passOn, each(unary((n: number) => n), { ahead: 1 }), filter((n: number) => n > 0));
  let early = 0;
  let late = 0;
  let seen = 0;
  await forEach(pipeline(numbers(100_000), { signal }), () => {
    seen++;
    if (seen === 20_000) early = heapUsed();
    if (seen === 100_000) late = heapUsed();
  });
  expect(seen).toBe(100_000);
  expect(late - early).toBeLessThan(1_000_000);
});

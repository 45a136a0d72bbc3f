import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { fromCsv, fromJsonArray, fromJsonl, fromLines, type ByteSource, type DataStream } from "./index.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The least of several looks: buffers are freed a while after what held them was collected. */
async function memoryUsed(): Promise<number> {
  let least = Infinity;
  for (let look = 0; look < 4; look++) {
    await turn();
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

const rows = 150_000;
const rest = "and so on, ".repeat(10);

/** Some 20 MB of items, made as they are read. */
const table = (before: string, row: (number: number) => string, after: string): ByteSource =>
  async function* table() {
    const encoder = new TextEncoder();
    yield encoder.encode(before);
    for (let first = 0; first < rows; first += 100) yield encoder.encode(Array.from({ length: 100 }, (_, index) => row(first + index)).join(""));
    yield encoder.encode(after);
  };

const formats: Readonly<Record<string, DataStream<unknown>>> = {
  "a JSON array": fromJsonArray(table("[0", (n) => `,{"n":${n},"text":"${rest}"}\n`, "]")).pipe(withoutFirst),
  JSONL: fromJsonl(table("", (n) => `{"n":${n},"text":"${rest}"}\n`, "")),
  CSV: fromCsv(table("n,text\n", (n) => `${n},"${rest}"\n`, "")),
  lines: fromLines(table("", (n) => `${n} ${rest}\n`, "")),
  "shuffled JSONL": fromJsonl(table("", (n) => `{"n":${n},"text":"${rest}"}\n`, "")).shuffle({ seed: 1, buffer: 100 }),
};

async function* withoutFirst(items: AsyncIterable<unknown>): AsyncGenerator {
  let isFirst = true;
  for await (const item of items) {
    if (!isFirst) yield item;
    isFirst = false;
  }
}

test.each(Object.entries(formats))("memory stays flat over 20 MB of %s", async (_, data) => {
  const samples: number[] = [];
  let count = 0;
  for await (const item of data) {
    if (count++ % 30_000 === 29_999 && item) samples.push(await memoryUsed());
  }
  const [first = 0] = samples;
  expect([count, samples.length, samples.every((sample) => sample < first + 2e6)]).toEqual([rows, 5, true]);
});

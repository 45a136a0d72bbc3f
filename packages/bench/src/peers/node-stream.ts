/** Node's streams in object mode: `pipeline` of transforms. */
import { PassThrough, Readable, Transform, Writable, type TransformCallback } from "node:stream";
import { pipeline as run } from "node:stream/promises";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type TransformOf = (this: Transform, token: string, encoding: BufferEncoding, callback: TransformCallback) => void;

function transformOf(step: Step): TransformOf {
  switch (step.kind) {
    case "map":
      return (token, _, callback) => callback(null, step.map(token));
    case "filter":
      return (token, _, callback) => (step.keep(token) ? callback(null, token) : callback());
    case "flatMap":
      return function (token, _, callback) {
        for (const piece of step.split(token)) this.push(piece);
        callback();
      };
    case "scan": {
      let state = step.seed;
      return (token, _, callback) => callback(null, (state = step.step(state, token)));
    }
    case "later":
      return (token, _, callback) => {
        const mapped = (value: string): void => callback(null, value);
        step.map(token).then(mapped, callback);
      };
  }
}

/** Pushes the tokens of one array after another. */
function unbatch(this: Transform, batch: readonly string[], _: BufferEncoding, callback: TransformCallback): void {
  for (const token of batch) this.push(token);
  callback();
}

function readableOf(source: Source): Readable {
  return Readable.from(source.kind === "C" ? source.batches : source.tokens);
}

function pipeline(shape: Shape): RunPipeline {
  return async (source) => {
    let sum = 0;
    const sink = new Writable({
      objectMode: true,
      write(token: string, _, callback) {
        sum += weigh(token);
        callback();
      },
    });
    const first = source.kind === "C" ? [new Transform({ objectMode: true, transform: unbatch })] : [];
    const transforms = stepsOf[shape].map((step) => new Transform({ objectMode: true, transform: transformOf(step) }));
    await run([readableOf(source), ...first, ...transforms, sink]);
    return sum;
  };
}

async function fork(tokens: readonly string[], branches: number): Promise<number> {
  const source = Readable.from(tokens);
  const sums = Array.from({ length: branches }, () => {
    let sum = 0;
    return new Promise<number>((resolve, reject) => {
      const sink = new Writable({
        objectMode: true,
        write(token: string, _, callback) {
          sum += token.length;
          callback();
        },
      });
      source.pipe(sink).on("finish", () => resolve(sum)).on("error", reject);
    });
  });
  return (await Promise.all(sums)).reduce((sum, one) => sum + one, 0);
}

function merge(sources: readonly AsyncIterable<string>[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let [sum, open] = [0, sources.length];
    const merged = new PassThrough({ objectMode: true });
    merged.setMaxListeners(0);
    merged.on("data", (token: string) => (sum += token.length)).on("end", () => resolve(sum)).on("error", reject);
    for (const source of sources) {
      const readable = Readable.from(source);
      readable.on("end", () => void (--open === 0 && merged.end())).on("error", reject);
      readable.pipe(merged, { end: false });
    }
  });
}

export const nodeStream: Peer = { name: "node:stream", pipeline, fork, merge };

/** effect: streams in the style that its chunks make fast, with a function for each chunk rather than for each value. */
import * as Effect from "effect/Effect";
import * as Stream from "effect/Stream";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type Tokens = Stream.Stream<string>;
type Chunk = readonly [string, ...string[]];

const pass = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function read<T>(values: AsyncIterable<T>): Stream.Stream<T> {
  return Stream.orDie(Stream.fromAsyncIterable(values, pass));
}

function streamOf(source: Source): Tokens {
  if (source.kind === "A") return read(source.tokens);
  return source.kind === "C" ? Stream.flattenArray(read(source.batches as AsyncIterable<Chunk>)) : Stream.fromArray(source.tokens);
}

function apply(step: Step, input: Tokens): Tokens {
  switch (step.kind) {
    case "map":
      return Stream.mapArray(input, (chunk) => chunk.map((token) => step.map(token)) as unknown as Chunk);
    case "filter":
      return Stream.filter(input, step.keep);
    case "scan":
      return Stream.mapAccumArray(input, () => step.seed, (state, chunk) => {
        let last = state;
        const states = chunk.map((token) => (last = step.step(last, token)));
        return [last, states] as const;
      });
    case "flatMap":
      return Stream.mapArray(input, (chunk) => {
        const out: string[] = [];
        for (const token of chunk) for (const piece of step.split(token)) out.push(piece);
        return out as unknown as Chunk;
      });
    case "later":
      return Stream.mapArrayEffect(input, (chunk) =>
        Effect.promise(async () => {
          const out: string[] = [];
          for (const token of chunk) out.push(await step.map(token));
          return out as unknown as Chunk;
        }),
      );
  }
}

function sumOf(stream: Tokens, valueOf: (token: string) => number): Effect.Effect<number> {
  return Effect.suspend(() => {
    let sum = 0;
    const add = (chunk: readonly string[]): Effect.Effect<void> => {
      for (const token of chunk) sum += valueOf(token);
      return Effect.void;
    };
    return Effect.map(Stream.runForEachArray(stream, add), () => sum);
  });
}

const lengthOf = (token: string): number => token.length;

function pipeline(shape: Shape): RunPipeline {
  return (source) => Effect.runPromise(sumOf(stepsOf[shape].reduce((input, step) => apply(step, input), streamOf(source)), weigh));
}

function fork(tokens: readonly string[], branches: number): Promise<number> {
  const summed = Effect.gen(function* () {
    const streams = yield* Stream.broadcastN(Stream.rechunk(Stream.fromArray(tokens), 32), { n: branches, capacity: 16 });
    const sums = yield* Effect.all(streams.map((stream) => sumOf(stream, lengthOf)), { concurrency: "unbounded" });
    return sums.reduce((sum, one) => sum + one, 0);
  });
  return Effect.runPromise(Effect.scoped(summed));
}

export const effect: Peer = {
  name: "effect",
  pipeline,
  fork,
  merge: (sources) => Effect.runPromise(sumOf(Stream.mergeAll(sources.map((source) => read(source)), { concurrency: "unbounded" }), lengthOf)),
};

/** iter-tools: functions over async iterables; it has no running state, so that one is a map with a variable. */
import { asyncFilter, asyncFlatMap, asyncFork, asyncInterleaveReady, asyncMap } from "iter-tools";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type Tokens = AsyncIterable<string> | Iterable<string>;

function apply(step: Step, input: Tokens): AsyncIterable<string> {
  switch (step.kind) {
    case "map":
    case "later":
      return asyncMap<string, string>(step.map, input);
    case "filter":
      return asyncFilter<string>(step.keep, input);
    case "flatMap":
      return asyncFlatMap<string, string>(step.split, input);
    case "scan": {
      let state = step.seed;
      return asyncMap<string, string>((token) => (state = step.step(state, token)), input);
    }
  }
}

function streamOf(source: Source): Tokens {
  return source.kind === "C" ? asyncFlatMap<string, readonly string[]>((batch) => batch, source.batches) : source.tokens;
}

function pipeline(shape: Shape): RunPipeline {
  return async (source) => {
    let sum = 0;
    for await (const token of stepsOf[shape].reduce((input, step) => apply(step, input), streamOf(source))) sum += weigh(token);
    return sum;
  };
}

async function sumLengths(stream: AsyncIterable<string>): Promise<number> {
  let sum = 0;
  for await (const token of stream) sum += token.length;
  return sum;
}

async function fork(tokens: readonly string[], branches: number): Promise<number> {
  const forks = asyncFork(tokens)[Symbol.iterator]();
  const streams = Array.from({ length: branches }, () => forks.next().value as AsyncIterable<string>);
  forks.return?.(undefined);
  const sums = await Promise.all(streams.map(sumLengths));
  return sums.reduce((sum, one) => sum + one, 0);
}

export const iterTools: Peer = { name: "iter-tools", pipeline, fork, merge: (sources) => sumLengths(asyncInterleaveReady(...sources)) };

/** streaming-iterables: functions over async iterables; it has no running state, so that one is a map with a variable. */
import { filter, flatMap, map, parallelMerge } from "streaming-iterables";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type Tokens = AsyncIterable<string> | Iterable<string>;

function apply(step: Step, input: Tokens): Tokens {
  switch (step.kind) {
    case "map":
    case "later":
      return map(step.map, input);
    case "filter":
      return filter(step.keep, input);
    case "flatMap":
      return flatMap((token: string) => step.split(token) as string[], input);
    case "scan": {
      let state = step.seed;
      return map((token: string) => (state = step.step(state, token)), input);
    }
  }
}

function streamOf(source: Source): Tokens {
  return source.kind === "C" ? flatMap((batch: readonly string[]) => batch as string[], source.batches) : source.tokens;
}

function pipeline(shape: Shape): RunPipeline {
  return async (source) => {
    let sum = 0;
    for await (const token of stepsOf[shape].reduce((input, step) => apply(step, input), streamOf(source))) sum += weigh(token);
    return sum;
  };
}

async function merge(sources: readonly AsyncIterable<string>[]): Promise<number> {
  let sum = 0;
  for await (const token of parallelMerge(...sources)) sum += token.length;
  return sum;
}

export const streamingIterables: Peer = { name: "streaming-iterables", pipeline, merge };

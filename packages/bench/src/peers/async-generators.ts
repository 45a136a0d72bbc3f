/** A chain of async generators: what the language offers without a library. */
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

/** Tokens of a source of any kind, one by one. */
async function* tokensOf(source: Source): AsyncGenerator<string, void, undefined> {
  if (source.kind === "C") for await (const batch of source.batches) for (const token of batch) yield token;
  else if (source.kind === "A") yield* source.tokens;
  else for (const token of source.tokens) yield token;
}

/** The generator that a step is. */
export async function* generatorOf(step: Step, input: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  switch (step.kind) {
    case "map":
      for await (const token of input) yield step.map(token);
      break;
    case "filter":
      for await (const token of input) if (step.keep(token)) yield token;
      break;
    case "scan": {
      let state = step.seed;
      for await (const token of input) yield (state = step.step(state, token));
      break;
    }
    case "flatMap":
      for await (const token of input) for (const piece of step.split(token)) yield piece;
      break;
    case "later":
      for await (const token of input) yield await step.map(token);
  }
}

function pipeline(shape: Shape): RunPipeline {
  return async (source) => {
    const first: AsyncIterable<string> = source.kind === "A" ? source.tokens : tokensOf(source);
    let sum = 0;
    for await (const token of stepsOf[shape].reduce((input, step) => generatorOf(step, input), first)) sum += weigh(token);
    return sum;
  };
}

export const asyncGenerators: Peer = { name: "async generators", pipeline };

/** it-pipe: generators in a row. As the `it-*` modules do, a stage over an array in memory is a synchronous generator. */
import { pipe } from "it-pipe";
import type { Peer, RunPipeline } from "../peer.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";
import { generatorOf } from "./async-generators.js";

type Tokens = AsyncIterable<string> | Iterable<string>;

function* synchronous(step: Step, input: Iterable<string>): Generator<string, void, undefined> {
  switch (step.kind) {
    case "map":
      for (const token of input) yield step.map(token);
      break;
    case "filter":
      for (const token of input) if (step.keep(token)) yield token;
      break;
    case "scan": {
      let state = step.seed;
      for (const token of input) yield (state = step.step(state, token));
      break;
    }
    case "flatMap":
      for (const token of input) yield* step.split(token);
      break;
    case "later":
      throw new TypeError("a synchronous generator cannot wait");
  }
}

async function* fromSynchronous(input: Iterable<string>): AsyncGenerator<string, void, undefined> {
  for (const token of input) yield token;
}

const stageOf = (step: Step) => (input: Tokens): Tokens => {
  if (Symbol.asyncIterator in input) return generatorOf(step, input);
  return step.kind === "later" ? generatorOf(step, fromSynchronous(input)) : synchronous(step, input);
};

async function* unbatched(batches: AsyncIterable<readonly string[]>): AsyncGenerator<string, void, undefined> {
  for await (const batch of batches) yield* batch;
}

async function sum(input: Tokens): Promise<number> {
  let total = 0;
  if (Symbol.asyncIterator in input) for await (const token of input) total += weigh(token);
  else for (const token of input) total += weigh(token);
  return total;
}

/** The pipe of any number of stages, which the declared overloads end at eleven of. */
const pipeAny = pipe as unknown as (source: unknown, ...stages: readonly ((input: Tokens) => unknown)[]) => Promise<number>;

function pipeline(shape: Shape): RunPipeline {
  const stages = stepsOf[shape].map(stageOf);
  return (source) => pipeAny(source.kind === "C" ? unbatched(source.batches) : source.tokens, ...stages, sum);
}

export const itPipe: Peer = { name: "it-pipe", pipeline };

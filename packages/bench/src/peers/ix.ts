/** ix in its esnext build: the default build runs async generators that were translated to older syntax, five times slower. */
import { as, type AsyncIterableX } from "@reactivex/ix-esnext-esm/asynciterable/asynciterablex";
import { merge } from "@reactivex/ix-esnext-esm/asynciterable/merge";
import { concatMap } from "@reactivex/ix-esnext-esm/asynciterable/operators/concatmap";
import { filter } from "@reactivex/ix-esnext-esm/asynciterable/operators/filter";
import { map } from "@reactivex/ix-esnext-esm/asynciterable/operators/map";
import { publish } from "@reactivex/ix-esnext-esm/asynciterable/operators/publish";
import { scan } from "@reactivex/ix-esnext-esm/asynciterable/operators/scan";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type Operator = (source: AsyncIterable<string>) => AsyncIterableX<string>;

function streamOf(source: Source): AsyncIterableX<string> {
  return source.kind === "C" ? as(source.batches).pipe(concatMap((batch: readonly string[]) => batch)) : as(source.tokens);
}

function operatorOf(step: Step): Operator {
  switch (step.kind) {
    case "map":
    case "later":
      return map(step.map);
    case "filter":
      return filter(step.keep);
    case "scan":
      return scan({ callback: step.step, seed: step.seed });
    case "flatMap":
      return concatMap((token: string) => step.split(token)) as Operator;
  }
}

function pipeline(shape: Shape): RunPipeline {
  const operators = stepsOf[shape].map(operatorOf);
  return async (source) => {
    let sum = 0;
    for await (const token of operators.reduce((before, operator) => before.pipe(operator), streamOf(source))) sum += weigh(token);
    return sum;
  };
}

async function sumLengths(stream: AsyncIterable<string>): Promise<number> {
  let sum = 0;
  for await (const token of stream) sum += token.length;
  return sum;
}

async function fork(tokens: readonly string[], branches: number): Promise<number> {
  const shared = as(tokens).pipe(publish());
  const sums = await Promise.all(Array.from({ length: branches }, () => sumLengths(shared)));
  return sums.reduce((sum, one) => sum + one, 0);
}

export const ix: Peer = {
  name: "ix",
  pipeline,
  fork,
  merge: (sources) => sumLengths((merge as (...all: readonly AsyncIterable<string>[]) => AsyncIterable<string>)(...sources)),
};

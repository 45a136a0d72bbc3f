/** rxjs: operators over observables, which push and know no backpressure. */
import { concatMap, connectable, filter, from, map, merge, mergeMap, scan, type Observable, type OperatorFunction } from "rxjs";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

function observe(source: Source): Observable<string> {
  return source.kind === "C" ? from(source.batches).pipe(mergeMap((batch) => batch)) : from(source.tokens);
}

function operatorOf(step: Step): OperatorFunction<string, string> {
  switch (step.kind) {
    case "map":
      return map(step.map);
    case "filter":
      return filter(step.keep);
    case "scan":
      return scan(step.step, step.seed);
    case "flatMap":
      return mergeMap((token) => step.split(token));
    case "later":
      return concatMap(step.map);
  }
}

function pipeline(shape: Shape): RunPipeline {
  const operators = stepsOf[shape].map(operatorOf);
  return async (source) => {
    let sum = 0;
    await operators.reduce((before, operator) => before.pipe(operator), observe(source)).forEach((token) => {
      sum += weigh(token);
    });
    return sum;
  };
}

async function sumLengths(tokens: Observable<string>): Promise<number> {
  let sum = 0;
  await tokens.forEach((token) => {
    sum += token.length;
  });
  return sum;
}

async function fork(tokens: readonly string[], branches: number): Promise<number> {
  const shared = connectable(from(tokens));
  const sums = Array.from({ length: branches }, () => sumLengths(shared));
  shared.connect();
  return (await Promise.all(sums)).reduce((sum, one) => sum + one, 0);
}

export const rxjs: Peer = { name: "rxjs", pipeline, fork, merge: (sources) => sumLengths(merge(...sources.map((source) => from(source)))) };

/** Very many pipelines of five stages at once, on timers. */
import type { Compared } from "../report.js";
import type { Source } from "../workload/sources.js";
import { expectedSum } from "../workload/steps.js";
import { onTimers, TimerWheel } from "../workload/timer-wheel.js";
import { makeTokens } from "../workload/tokens.js";
import { compare, type ComparedRequest } from "./fork-and-merge.js";

/** Tokens that each pipeline reads. */
export const tokensEach = 20;
const variants = 64;

/** Measures `items / 20` pipelines that all run at once; each source waits one to eight milliseconds before a token. */
export async function measureMany(request: ComparedRequest): Promise<Compared | undefined> {
  const pipelines = Math.ceil(request.items / tokensEach);
  const tokens = makeTokens(tokensEach * variants);
  const inputs = Array.from({ length: variants }, (_, index) => tokens.slice(index * tokensEach, (index + 1) * tokensEach));
  const sums = await Promise.all(inputs.map((input) => expectedSum(input, 5)));
  const numbers = Array.from({ length: pipelines }, (_, index) => index);
  const expected = numbers.reduce((sum, index) => sum + (sums[index % variants] ?? 0), 0);
  return compare({ ...request, items: pipelines * tokensEach }, `${pipelines} pipelines at once`, expected, (peer) => {
    const run = peer.pipeline?.(5);
    if (!run) return undefined;
    const carried = (peer.carry ? inputs.map((input) => input.map(peer.carry as (token: string) => unknown)) : inputs) as readonly (readonly string[])[];
    return async () => {
      const wheel = new TimerWheel();
      const open = (index: number): Source => ({ kind: "A", tokens: onTimers(wheel, carried[index % variants] ?? [], index) });
      const found = await Promise.all(numbers.map((index) => run(open(index))));
      return found.reduce((sum, one) => sum + one, 0);
    };
  });
}

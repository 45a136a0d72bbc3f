/** CPU time of alternatives, in rounds that each run all of them in another order. */
import { median } from "./measure.js";

/** One way to do the work of a case; its sum must be the case's. */
export interface Runner {
  readonly name: string;
  /** Does the work for about so many items and says what came out. */
  readonly run: (items: number) => Promise<Outcome>;
}

export interface Outcome {
  /** Items that went in. */
  readonly items: number;
  readonly sum: number;
  readonly expected: number;
}

/** Alternatives that do the same work. */
export interface Case {
  readonly name: string;
  readonly runners: readonly Runner[];
  /** Most items that one run may take. */
  readonly most: number;
}

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number;
  /** CPU milliseconds that one run should take, as far as the number of items allows. */
  readonly milliseconds: number;
  /** Rounds before the first that counts; three unless told otherwise. */
  readonly warmUps?: number;
}

/** CPU nanoseconds for an item: of each runner of a case, one number for each round. */
export type Times = ReadonlyMap<string, readonly number[]>;

interface Plan {
  readonly runner: Runner;
  readonly of: Case;
  items: number;
  readonly times: number[];
}

async function timed({ runner, of, items }: Plan): Promise<number> {
  const before = process.cpuUsage();
  const outcome = await runner.run(items);
  const { user, system } = process.cpuUsage(before);
  if (outcome.sum !== outcome.expected) throw new Error(`${runner.name} gives ${outcome.sum} instead of ${outcome.expected} for ${of.name}`);
  return ((user + system) * 1000) / outcome.items;
}

/** The same order for everyone who asks with the same seed; the numbers are those of mulberry32. */
function shuffled<T>(values: readonly T[], seed: number): T[] {
  let state = seed;
  const copy = [...values];
  for (let at = copy.length - 1; at > 0; at--) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const other = ((mixed ^ (mixed >>> 14)) >>> 0) % (at + 1);
    [copy[at], copy[other]] = [copy[other] as T, copy[at] as T];
  }
  return copy;
}

const fewest = 256;

/**
 * Measures all runners of all cases in turns.
 *
 * The first rounds warm up: everything runs with every case before anything is measured, so that no function is
 * compiled for one case only. All but the first of them decide how many items a run takes.
 *
 * @throws Error when a sum is not the expected one.
 */
export async function measureRounds(cases: readonly Case[], { rounds, milliseconds, warmUps = 3 }: Effort): Promise<readonly Times[]> {
  const plans = cases.map((of) => of.runners.map((runner): Plan => ({ runner, of, items: Math.min(of.most, 2048), times: [] })));
  for (let round = -warmUps; round < rounds; round++) {
    for (const plan of shuffled(plans, round).flatMap((of, index) => shuffled(of, round * plans.length + index))) {
      const time = await timed(plan);
      if (round >= 0) plan.times.push(time);
      else if (round > -warmUps) plan.items = Math.max(Math.min(fewest, plan.of.most), Math.min(plan.of.most, Math.round((milliseconds * 1e6) / time)));
    }
  }
  return plans.map((of) => new Map(of.map(({ runner, times }) => [runner.name, times])));
}

/** The median of the ratios of two runners of one case, each within its round. */
export function ratioOf(times: Times, name: string, base: string): number {
  const [own = [], other = []] = [times.get(name), times.get(base)];
  return median(own.map((time, round) => time / (other[round] ?? Number.NaN)));
}

/** The median time of a runner. */
export function medianOf(times: Times, name: string): number {
  return median(times.get(name) ?? []);
}

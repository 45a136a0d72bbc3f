/** Many sequences of one model: what forks cost, and how much more comes of eight generations at once. */
import type { Backend, Sequence } from "@iftk/inferlet";
import { median } from "../measure.js";
import type { InferletFigure } from "../report.js";
import { bareLoop, freeWays, type Start, type Walker, type Way } from "./inferlets-ways.js";

type Figure = Omit<InferletFigure, "model">;

const many = 8;
const contextTokens = 512;

/** Eight forks of a context of 512 tokens, in decode steps of that context. */
export async function measureForks(backend: Backend, rounds: number): Promise<readonly Figure[]> {
  const context = backend.openSequence();
  await context.forward(Int32Array.from({ length: contextTokens }, (_, index) => 256 + (index % 256)));
  const forkings: number[] = [];
  const ratios: number[] = [];
  const laterRatios: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const step = await stepOf(context);
    const begun = performance.now();
    const forks = Array.from({ length: many }, () => context.fork());
    const forking = performance.now() - begun;
    const later = await stepOf(forks[0] as Sequence);
    for (const fork of forks) fork.release();
    if (round < 0) continue;
    forkings.push(forking * 1000);
    ratios.push(forking / step);
    laterRatios.push(later / step);
  }
  context.release();
  return [
    { name: `${many} forks of ${contextTokens} tokens`, value: median(forkings), unit: "us" },
    { name: `${many} forks of ${contextTokens} tokens, in decode steps`, value: median(ratios), unit: "x" },
    { name: "the step after them, in decode steps", value: median(laterRatios), unit: "x" },
  ];
}

/** Milliseconds of a step after the context, which is as it was afterwards. */
async function stepOf(sequence: Sequence): Promise<number> {
  const begun = performance.now();
  await sequence.forward([300]);
  const time = performance.now() - begun;
  sequence.trim(sequence.length - 1);
  return time;
}

/** Tokens a second of eight generations at once over those of one; and the same of passes by hand, which is what the backend has to give. */
export async function measureTogether(start: Start, rounds: number, slice: number): Promise<readonly Figure[]> {
  const events = freeWays.find(({ name }) => name === "to events, greedy") ?? bareLoop;
  const gains: number[] = [];
  const ceilings: number[] = [];
  const shares: number[] = [];
  const groups: readonly (readonly [Way, number])[] = [[events, 1], [events, many], [bareLoop, 1], [bareLoop, many]];
  for (let round = -1; round < rounds; round++) {
    const rates: number[] = [];
    for (const [way, count] of groups) {
      const walkers: readonly Walker[] = Array.from({ length: count }, () => way.begin(start));
      const begun = performance.now();
      const walked = await Promise.all(walkers.map((walker) => walker.walk(slice)));
      rates.push(walked.reduce((sum, tokens) => sum + tokens, 0) / (performance.now() - begun));
      for (const walker of walkers) await walker.close();
    }
    const [one = Number.NaN, eight = Number.NaN, bareOne = Number.NaN, bareEight = Number.NaN] = rates;
    if (round < 0) continue;
    gains.push(eight / one);
    ceilings.push(bareEight / bareOne);
    shares.push(eight / bareEight);
  }
  return [
    { name: `${many} generations at once, tokens a second over one`, value: median(gains), unit: "x" },
    { name: `${many} sequences by hand in shared passes, tokens a second over one`, value: median(ceilings), unit: "x" },
    { name: `${many} generations at once, tokens a second over those by hand`, value: median(shares), unit: "x" },
  ];
}

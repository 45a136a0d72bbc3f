/** Which suites there are, and how all that were asked for become one report. */
import { cpus, totalmem } from "node:os";
import type { Answer, Ask, Question } from "./child.js";
import { median } from "./measure.js";
import { peerNames, type PeerName } from "./peers.js";
import { randomModelPath, shape135m, type ModelShape } from "./random-model/random-model.js";
import type { Cell, Compared, Held, InferletCost, InferletFigure, Report, Slope, WireCost } from "./report.js";
import type { Effort } from "./rounds.js";
import type { InferletsEffort } from "./suites/inferlets.js";
import type { JsonRequest } from "./suites/json.js";
import { tokensEach } from "./suites/many.js";
import type { ParsingRequest } from "./suites/parsing.js";
import type { PipelinesResult } from "./suites/pipelines.js";
import type { ServingRequest, ServingResult } from "./suites/serving.js";
import type { WiresRequest } from "./suites/wires.js";
import type { WrittenRequest } from "./suites/written.js";
import { findTargets } from "./targets.js";

export const suiteNames = ["pipelines", "alone", "fork", "merge", "many", "memory", "abort", "sizes", "generation", "serving", "wires", "written", "json", "parsing", "inferlets"] as const;

export type SuiteName = (typeof suiteNames)[number];

/** How much is measured. */
export interface Extent {
  readonly pipelines: Effort & { readonly tokens: number };
  readonly fork: Effort & { readonly items: number };
  readonly merge: Effort & { readonly items: number };
  readonly many: Effort & { readonly pipelines: number };
  readonly memory: { readonly rounds: number; readonly pipelines: number };
  readonly abort: { readonly trials: number };
  readonly generation: { readonly rounds: number; readonly modelPath?: string };
  readonly serving: Omit<ServingRequest, "implementation">;
  readonly wires: Omit<WiresRequest, "wire" | "implementation">;
  readonly written: WrittenRequest;
  readonly json: JsonRequest;
  readonly parsing: ParsingRequest;
  /** The tokens of the last one are generated to see what wears. */
  readonly inferlets: { readonly embedded: InferletsEffort; readonly large: InferletsEffort & { readonly shape: ModelShape }; readonly wear: number };
}

export const full: Extent = {
  pipelines: { rounds: 11, milliseconds: 15, warmUps: 40, tokens: 1 << 17 },
  fork: { rounds: 11, milliseconds: 15, items: 50_000 },
  merge: { rounds: 11, milliseconds: 15, items: 20_000 },
  many: { rounds: 5, milliseconds: 0, warmUps: 1, pipelines: 10_000 },
  memory: { rounds: 3, pipelines: 10_000 },
  abort: { trials: 50 },
  generation: { rounds: 15 },
  serving: { rounds: 5, clients: 1000, tokens: 256 },
  wires: { rounds: 15, lanes: 64, messages: 64 },
  written: { rounds: 21, milliseconds: 15, warmUps: 20, tokens: 1 << 14 },
  json: { rounds: 5, milliseconds: 50, warmUps: 2, characters: 31_000 },
  parsing: { rounds: 11, milliseconds: 40, warmUps: 10, chunks: 4000 },
  inferlets: { embedded: { laps: 20, tokens: 128, slice: 16, rounds: 15 }, large: { laps: 11, tokens: 128, slice: 8, rounds: 9, shape: shape135m }, wear: 1_000_000 },
};

/** Everything within a minute: fewer rounds, shorter runs, and fewer pipelines at once. */
export const quick: Extent = {
  pipelines: { rounds: 7, milliseconds: 2, tokens: 1 << 15 },
  fork: { rounds: 5, milliseconds: 5, items: 20_000 },
  merge: { rounds: 5, milliseconds: 5, items: 5000 },
  many: { rounds: 2, milliseconds: 0, warmUps: 1, pipelines: 500 },
  memory: { rounds: 1, pipelines: 1000 },
  abort: { trials: 5 },
  generation: { rounds: 3 },
  serving: { rounds: 2, clients: 200, tokens: 64 },
  wires: { rounds: 5, lanes: 32, messages: 32, warmUps: 2 },
  written: { rounds: 7, milliseconds: 5, warmUps: 10, tokens: 1 << 13 },
  json: { rounds: 3, milliseconds: 20, warmUps: 2, characters: 8000 },
  parsing: { rounds: 5, milliseconds: 20, chunks: 2000 },
  inferlets: { embedded: { laps: 5, tokens: 128, slice: 16, rounds: 5 }, large: { laps: 1, tokens: 48, slice: 8, rounds: 3, shape: shape135m }, wear: 20_000 },
};

/** What a run needs besides the suites. */
export interface Conditions {
  readonly extent: Extent;
  readonly ask: Ask;
  /** Told of each step before it begins. */
  readonly progress: (text: string) => void;
  readonly isQuick: boolean;
  /** Implementations to measure; all unless told otherwise. */
  readonly peers?: readonly PeerName[];
}

/** Runs the suites one after another, each implementation in a process of its own, and gives the report with the targets; what fails is told in it. */
export async function measureAll(suites: ReadonlySet<SuiteName>, { extent, ask, progress, isQuick, peers = peerNames }: Conditions): Promise<Report> {
  const skipped: string[] = [];
  const failed: string[] = [];
  async function orFailed<T>(what: string, measuring: Promise<T>): Promise<T | undefined> {
    try {
      return await measuring;
    } catch (error) {
      failed.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  async function askFor<Q extends Question>(suite: SuiteName, question: (peer: PeerName) => Q, of = peers): Promise<NonNullable<Answer<Q>>[]> {
    if (!suites.has(suite)) return [];
    const answers: NonNullable<Answer<Q>>[] = [];
    for (const peer of of) {
      progress(`${suite}: ${peer}`);
      const found = await orFailed(`${suite}: ${peer}`, ask(question(peer)));
      if (found) answers.push(found);
      else if (peer === "stream/iter") skipped.push(`${suite}: ${peer} is not in Node ${process.version}`);
    }
    return answers;
  }

  async function serveAll(): Promise<readonly ServingResult[]> {
    const results: ServingResult[] = [];
    for (const implementation of Object.keys((await import("./suites/serving-servers.js")).servers)) {
      progress(`serving: ${implementation}`);
      const found = await orFailed(`serving: ${implementation}`, ask({ suite: "serving", implementation, ...extent.serving }));
      if (found) results.push(found);
    }
    return results;
  }

  async function costsOfWires(): Promise<readonly WireCost[]> {
    const results: WireCost[] = [];
    for (const [wire, { implementations }] of Object.entries((await import("./suites/wires.js")).wires)) {
      for (const implementation of Object.keys(implementations)) {
        progress(`wires: ${wire}, ${implementation}`);
        results.push(...((await orFailed(`wires: ${wire}, ${implementation}`, ask({ suite: "wires", wire: wire as WireCost["wire"], implementation, ...extent.wires }))) ?? []));
      }
    }
    return results;
  }

  async function measureModels(): Promise<{ readonly costs: readonly InferletCost[]; readonly figures: readonly InferletFigure[] }> {
    const costs: InferletCost[] = [];
    const figures: InferletFigure[] = [];
    if (!suites.has("inferlets")) return { costs, figures };
    const { tinyModelPath } = await import("@iftk/tiny-model");
    const { embedded, large: { shape, ...large }, wear } = extent.inferlets;
    const models = [
      { ...embedded, model: "embedded model", pathOf: async () => tinyModelPath },
      { ...large, model: shape.name, pathOf: () => randomModelPath(shape, (fraction) => progress(`inferlets: writing ${shape.name}, ${(100 * fraction).toFixed(0)} %`)) },
    ];
    for (const { pathOf, model, ...effort } of models) {
      progress(`inferlets: ${model}`);
      const found = await orFailed(`inferlets: ${model}`, pathOf().then((modelPath) => ask({ suite: "inferlets", model, modelPath, ...effort })));
      costs.push(...(found?.costs ?? []));
      figures.push(...(found?.figures ?? []));
    }
    progress(`inferlets: ${wear} tokens`);
    figures.push(...((await orFailed("inferlets: wear", ask({ suite: "wear", model: "embedded model", modelPath: tinyModelPath, tokens: wear }))) ?? []));
    return { costs, figures };
  }

  const pipelines = await askFor("pipelines", (peer) => ({ suite: "pipelines", peer, ...extent.pipelines }));
  const alone: PipelinesResult[] = [];
  for (const shape of [5, 10, "5a"] as const) alone.push(...(await askFor("alone", (peer) => ({ suite: "pipelines", peer, ...extent.pipelines, shapes: [shape] }), peers.filter((peer) => peer.startsWith("iftk")))));
  const fork = await askFor("fork", (peer) => ({ suite: "fork", peer, ...extent.fork }));
  const merge = await askFor("merge", (peer) => ({ suite: "merge", peer, ...extent.merge }));
  const { pipelines: atOnce, ...effort } = extent.many;
  const many = await askFor("many", (peer) => ({ suite: "many", peer, items: atOnce * tokensEach, ...effort }));
  const memory = await askFor("memory", (peer) => ({ suite: "memory", peer, ...extent.memory }));
  const only = async <T>(suite: SuiteName, measure: () => Promise<readonly T[] | undefined>): Promise<readonly T[]> => {
    if (!suites.has(suite)) return [];
    progress(suite);
    return (await orFailed(suite, measure())) ?? [];
  };
  const abort = await only("abort", () => ask({ suite: "abort", ...extent.abort }));
  const sizes = await only("sizes", async () => (await import("./suites/sizes.js")).measureSizes());
  const generation = await only("generation", async () => (await import("./suites/generation.js")).measureGeneration(extent.generation.modelPath, extent.generation.rounds));
  const served = await only("serving", serveAll);
  const wires = await only("wires", costsOfWires);
  const written = await only("written", () => ask({ suite: "written", ...extent.written }));
  const json = await only("json", () => ask({ suite: "json", ...extent.json }));
  const parsing = await only("parsing", () => ask({ suite: "parsing", ...extent.parsing }));
  const { costs: inferlets, figures: inferletFigures } = await measureModels();
  for (const line of skipped) progress(`SKIPPED ${line}`);
  for (const line of failed) progress(`FAILED ${line}`);
  const serving = served.flatMap((one) => one.serving);
  const servingMemory = served.map((one) => one.memory);
  const measured = { cells: joinCells(pipelines), alone: joinCells(alone), slopes: joinSlopes(pipelines), fork, merge, many, memory, abort, sizes, generation, serving, servingMemory, wires, written, json, parsing, inferlets, inferletFigures };
  return { ...measured, skipped, failed, machine: describeMachine(isQuick), targets: findTargets(measured) } satisfies Measurements & Report;
}

type Measurements = Omit<Report, "skipped" | "failed" | "machine" | "targets"> & { readonly fork: readonly Compared[]; readonly memory: readonly Held[] };

/** The floor and the async generators were measured in every process: of their numbers, the median. */
function joinCells(results: readonly PipelinesResult[]): readonly Cell[] {
  return joined(results.flatMap(({ cells }) => cells), ({ source, stages, asyncStages, implementation }) => `${source} ${stages} ${asyncStages} ${implementation}`, (cells, first) => ({
    ...first,
    nsPerItem: median(cells.map((cell) => cell.nsPerItem)),
    vsFloor: median(cells.map((cell) => cell.vsFloor)),
    vsAsyncGenerators: median(cells.map((cell) => cell.vsAsyncGenerators)),
  }));
}

function joinSlopes(results: readonly PipelinesResult[]): readonly Slope[] {
  return joined(results.flatMap(({ slopes }) => slopes), ({ source, implementation }) => `${source} ${implementation}`, (slopes, first) => ({
    ...first,
    nsPerStage: median(slopes.map((slope) => slope.nsPerStage)),
    vsFloor: medianOrNull(slopes.flatMap(({ vsFloor }) => vsFloor ?? [])),
  }));
}

const medianOrNull = (values: readonly number[]): number | null => (values.length > 0 ? median(values) : null);

function joined<T>(values: readonly T[], keyOf: (value: T) => string, join: (same: readonly T[], first: T) => T): readonly T[] {
  return [...Map.groupBy(values, keyOf).values()].flatMap((same) => same.slice(0, 1).map((first) => join(same, first)));
}

function describeMachine(isQuick: boolean): Report["machine"] {
  const all = cpus();
  return {
    node: process.version,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: all[0]?.model.trim() ?? "unknown",
    cpus: all.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    date: new Date().toISOString().slice(0, 10),
    quick: isQuick,
  };
}

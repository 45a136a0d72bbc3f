/** The numbers that the library is held to, next to what was measured. */
import type { Cell, Compared, Report, Target } from "./report.js";
import type { SourceKind } from "./workload/sources.js";

type Measurements = Pick<Report, "cells" | "alone" | "slopes" | "fork" | "merge" | "many" | "memory" | "abort" | "sizes" | "generation" | "serving" | "servingMemory" | "wires" | "written" | "json" | "parsing" | "inferlets" | "inferletFigures">;

const own = new Set(["floor", "iftk", "iftk for await"]);

const embedded = "embedded model";

/** By the way to generate: on the embedded model, where a pass takes half a millisecond, and on a larger one. */
const overBareLoop: Readonly<Record<string, readonly [number, number]>> = {
  "to events, greedy": [1.1, 1.03],
  "context to events, greedy": [1.1, 1.03],
  "to events, top-p": [1.15, 1.05],
  "to events, JSON schema, each token decoded": [1.35, 1.05],
  "to events, JSON schema": [1.35, 1.05],
};

interface FigureLimit {
  /** What the name of the figure ends with. */
  readonly ending: string;
  readonly limit: number;
  readonly atLeast?: true;
  /** Whether it is for larger models than the embedded one only. */
  readonly isForLarge?: true;
}

const figureLimits: readonly FigureLimit[] = [
  { ending: "forks of 512 tokens, in decode steps", limit: 1 },
  { ending: "generations at once, tokens a second over one", limit: 2.5, atLeast: true, isForLarge: true },
  { ending: "tokens a second over those by hand", limit: 0.95, atLeast: true },
  { ending: ": heap grown in the second half", limit: 1 },
  { ending: ": memory outside the heap grown in the second half", limit: 8 },
  { ending: "sequences left open", limit: 0 },
];

/** Compares with the targets whatever was measured; what was not is left out. */
export function findTargets(measured: Measurements): readonly Target[] {
  const targets: Target[] = [];
  const add = (name: string, unit: string, target: number, found: number | null | undefined, atLeast?: true): void => {
    if (found === undefined) return;
    const met = found !== null && (atLeast ? found >= target : found <= target);
    targets.push({ name, target, ...(atLeast && { atLeast }), unit, measured: found, met });
  };
  const cell = (source: SourceKind, implementation: string, asyncStages?: number, cells = measured.cells): Cell | undefined =>
    cells.find((one) => one.source === source && one.stages === 5 && one.asyncStages === asyncStages && one.implementation === implementation);
  const inverse = (value: number | undefined): number | undefined => (value === undefined ? undefined : 1 / value);
  /** How many times dearer the best peer is. */
  const peers = (ratios: readonly { readonly implementation: string; readonly vsFloor: number }[]): number | undefined => {
    const iftk = ratios.find(({ implementation }) => implementation === "iftk");
    const others = ratios.filter(({ implementation, vsFloor }) => !own.has(implementation) && Number.isFinite(vsFloor));
    return iftk && others.length > 0 ? Math.min(...others.map(({ vsFloor }) => vsFloor)) / iftk.vsFloor : undefined;
  };
  const five = (source: SourceKind): readonly Cell[] => measured.cells.filter((one) => one.source === source && one.stages === 5 && one.asyncStages === undefined);
  const ratio = (list: readonly Compared[], implementation: string): number | undefined => list.find((one) => one.implementation === implementation)?.vsFloor;

  add("five stages, batches of 32, own sink: over the floor", "x", 1.2, cell("C", "iftk")?.vsFloor);
  add("five stages, batches of 32, own sink: faster than async generators", "x", 15, inverse(cell("C", "iftk")?.vsAsyncGenerators), true);
  add("five stages, batches of 32, own sink: faster than the best peer", "x", 1, peers(five("C")), true);
  add("five stages, batches of 32, for await: over the floor", "x", 2.9, cell("C", "iftk for await")?.vsFloor);
  add("five stages, batches of 32, for await: faster than async generators", "x", 7, inverse(cell("C", "iftk for await")?.vsAsyncGenerators), true);
  add("five stages, a token a promise, own sink: over the floor", "x", 1.2, cell("A", "iftk")?.vsFloor);
  add("five stages, a token a promise, for await: over the floor", "x", 1.7, cell("A", "iftk for await")?.vsFloor);
  add("five stages, a token a promise, own sink: faster than the best peer", "x", 1, peers(five("A")), true);
  add("five stages, array in memory, own sink: over the loop", "x", 1.6, cell("N", "iftk")?.vsFloor);
  add("one asynchronous stage among five, batches of 32: over the floor", "x", 2, cell("C", "iftk", 1)?.vsFloor);
  add("one asynchronous stage among five, a token a promise: over the floor", "x", 1.7, cell("A", "iftk", 1)?.vsFloor);
  const alone = (source: SourceKind, implementation: string): Cell | undefined => cell(source, implementation, undefined, measured.alone);
  add("the only pipeline of its process, batches of 32, own sink: over the floor", "x", 1.2, alone("C", "iftk")?.vsFloor);
  add("the only pipeline of its process, batches of 32, own sink: faster than async generators", "x", 15, inverse(alone("C", "iftk")?.vsAsyncGenerators), true);
  add("the only pipeline of its process, batches of 32, for await: over the floor", "x", 2.9, alone("C", "iftk for await")?.vsFloor);
  add("the only pipeline of its process, a token a promise, own sink: over the floor", "x", 1.2, alone("A", "iftk")?.vsFloor);
  add("the only pipeline of its process, a token a promise, for await: over the floor", "x", 1.7, alone("A", "iftk for await")?.vsFloor);
  add("the only pipeline of its process, array in memory, own sink: over the loop", "x", 1.6, alone("N", "iftk")?.vsFloor);
  for (const [source, words] of [["A", "a token a promise"], ["C", "batches of 32"], ["N", "array in memory"]] as const) {
    add(`each further stage, ${words}: over the floor's slope`, "x", 1.3, measured.slopes.find((slope) => slope.source === source && slope.implementation === "iftk")?.vsFloor);
  }
  add("very many pipelines at once, own sink: over the loop", "x", 1.15, ratio(measured.many, "iftk"));
  add("very many pipelines at once, for await: over the loop", "x", 1.3, ratio(measured.many, "iftk for await"));
  add("heap of an idle pipeline of five stages", "B", 2048, measured.memory.find(({ implementation }) => implementation === "iftk")?.bytesPerPipeline);
  add("fork to 10: over the callbacks", "x", 1.2, ratio(measured.fork, "iftk"));
  add("fork to 10: faster than the best peer", "x", 1, peers(measured.fork), true);
  add("merge of 100: over the loops", "x", 1.1, ratio(measured.merge, "iftk"));
  add("merge of 100: faster than the best peer", "x", 1, peers(measured.merge), true);
  const aborted = measured.abort.find(({ implementation }) => implementation === "iftk");
  add("abort to the source closed", "turns", 1, aborted?.turnsToClosed);
  add("abort to the pending read settled", "turns", 1, aborted?.turnsToSettled);
  const size = (bundle: string): number | undefined => measured.sizes.find((one) => one.bundle === bundle)?.gzipBytes;
  add("core whole, gzip", "B", 6000, size("@iftk/core, whole"));
  add("a pipe of two stages, gzip", "B", 3000, size("@iftk/core, a pipe of two stages"));
  add("the browser client beside core, gzip", "B", 3000, size("@iftk/client, beside core"));
  add("engine over decode and argmax", "x", 1.15, measured.generation.find(({ name }) => name === "engine: chat stage")?.ratio);
  for (const pattern of ["bursts of 8", "no wait"] as const) {
    const served = (implementation: string): number | undefined => measured.serving.find((one) => one.pattern === pattern && one.implementation === implementation)?.vsNodeHttp;
    const own = served("iftk");
    const times = (implementation: string): number | undefined => (own === undefined ? undefined : inverse(own / (served(implementation) ?? Number.NaN)));
    add(`serving tokens, ${pattern}: over node:http`, "x", 1, own);
    add(`serving tokens, ${pattern}: cheaper than a web stream`, "x", 4, times("web stream as body"), true);
    add(`serving tokens, ${pattern}: cheaper than the AI SDK`, "x", 10, times("AI SDK UI message stream"), true);
  }
  add("heap of an open, idle stream above node:http", "B", 2048, measured.servingMemory.find(({ implementation }) => implementation === "iftk")?.aboveNodeHttp);
  for (const { wire, exchange, implementation, plain, vsPlain } of measured.wires) add(`${wire}, ${exchange}, a ${implementation}: over ${plain}`, "x", 1.2, vsPlain);
  for (const { pipeline, source, way, vsCode } of measured.written) {
    if (way === "as a stage") add(`${pipeline}, written, ${way}, source ${source}: over the same in code`, "x", 1.05, vsCode);
  }
  for (const { implementation, characters, vsAiSdk, twiceTheLength } of measured.json) {
    if (twiceTheLength === null) continue;
    add(`partial JSON of ${characters} characters, ${implementation}: cheaper than the AI SDK`, "x", 50, inverse(vsAiSdk), true);
    add(`partial JSON of ${characters} characters, ${implementation}: twice the length`, "x", 2.2, twiceTheLength);
  }
  for (const { api, reads, implementation, vsSdk } of measured.parsing) if (own.has(implementation)) add(`parsing ${api}, ${reads}, ${implementation}: over the official SDK`, "x", 1.1, vsSdk);
  for (const { model, way, ratio: found } of measured.inferlets) {
    const limits = overBareLoop[way];
    if (limits) add(`${model}, ${way}: over decode and argmax`, "x", model === embedded ? limits[0] : limits[1], found);
  }
  for (const { model, name, value, unit } of measured.inferletFigures) {
    for (const { ending, limit, atLeast, isForLarge } of figureLimits) if (name.endsWith(ending) && !(isForLarge && model === embedded)) add(`${model}, ${name}`, unit, limit, value, atLeast);
  }
  return targets;
}

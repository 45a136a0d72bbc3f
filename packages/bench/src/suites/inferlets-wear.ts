/** What is left of memory and sequences after very many tokens. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { churn } from "@iftk/inferlet/testing";
import { openLlama } from "@iftk/llama";
import type { InferletFigure } from "../report.js";

export interface WearRequest {
  readonly model: string;
  readonly modelPath: string;
  readonly tokens: number;
}

const mebibyte = 2 ** 20;

/** Generates so many tokens in sequences that are opened, forked, aborted and released, and compares memory after all with memory after half. */
export async function measureWear({ model, modelPath, tokens }: WearRequest): Promise<readonly InferletFigure[]> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  // Of the process, less the room of the heap: how much of that is kept free is up to V8.
  const held = (): { readonly heap: number; readonly outside: number } => {
    collectGarbage();
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    return { heap: heapUsed / mebibyte, outside: (rss - heapTotal) / mebibyte };
  };
  // Short texts: a pass takes the longer the more cells are in use, and it is contexts that wear.
  await using backend = await openLlama({ modelPath, contextSize: 64, cells: 4096, batchSize: 256 });
  const begun = performance.now();
  const first = await churn(backend, { tokens: tokens / 2, seed: 1 });
  const before = held();
  const second = await churn(backend, { tokens: tokens / 2, seed: 2 });
  const after = held();
  const done = first.tokens + second.tokens;
  const of = `${tokens.toLocaleString("en")} tokens`;
  return [
    { model, name: `${of} in ${(first.generations + second.generations).toLocaleString("en")} sequences: a token`, value: ((performance.now() - begun) * 1000) / done, unit: "us" },
    { model, name: `${of}: heap grown in the second half`, value: after.heap - before.heap, unit: "MiB" },
    { model, name: `${of}: memory outside the heap grown in the second half`, value: after.outside - before.outside, unit: "MiB" },
    { model, name: `${of}: sequences left open`, value: backend.statistics.sequences, unit: "" },
  ];
}

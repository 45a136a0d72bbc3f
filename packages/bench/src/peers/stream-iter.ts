/** Node's experimental `stream/iter`: batches of byte arrays through transforms. It carries bytes only, so each text has one array that stands for it. */
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { stepsOf, type Shape, type Step } from "../workload/steps.js";
import { weigh } from "../workload/tokens.js";

type Bytes = Uint8Array;
type Transform = (batch: readonly Bytes[] | null) => readonly Bytes[] | null | Promise<readonly Bytes[] | null>;
type Batches = AsyncIterable<readonly Bytes[]>;

interface StreamIter {
  pull(source: unknown, ...transforms: readonly Transform[]): Batches;
  share(source: unknown, options?: { budget?: number }): { pull(): Batches };
  merge(...sources: readonly unknown[]): Batches;
}

const module = "node:stream/iter";

/** The module, or undefined where the running Node does not have it or was started without its flag. */
async function load(): Promise<StreamIter | undefined> {
  try {
    return (await import(module)) as StreamIter;
  } catch {
    return undefined;
  }
}

const bytesOfText = new Map<string, Bytes>();
const textOfBytes = new Map<Bytes, string>();

function carry(text: string): Bytes {
  let bytes = bytesOfText.get(text);
  if (bytes === undefined) {
    bytes = new TextEncoder().encode(text);
    bytesOfText.set(text, bytes);
    textOfBytes.set(bytes, text);
  }
  return bytes;
}

const textOf = (bytes: Bytes): string => textOfBytes.get(bytes) ?? "";

function transformOf(step: Step): Transform {
  switch (step.kind) {
    case "map":
      return (batch) => batch && batch.map((bytes) => carry(step.map(textOf(bytes))));
    case "filter":
      return (batch) => batch && batch.filter((bytes) => step.keep(textOf(bytes)));
    case "scan": {
      let state = step.seed;
      return (batch) => batch && batch.map((bytes) => carry((state = step.step(state, textOf(bytes)))));
    }
    case "flatMap":
      return (batch) => {
        if (!batch) return null;
        const out: Bytes[] = [];
        for (const bytes of batch) for (const piece of step.split(textOf(bytes))) out.push(carry(piece));
        return out;
      };
    case "later":
      return async (batch) => {
        if (!batch) return null;
        const out: Bytes[] = [];
        for (const bytes of batch) out.push(carry(await step.map(textOf(bytes))));
        return out;
      };
  }
}

const lengthOf = (bytes: Bytes): number => bytes.length;

async function sumBatches(batches: Batches, valueOf: (bytes: Bytes) => number): Promise<number> {
  let sum = 0;
  for await (const batch of batches) for (const bytes of batch) sum += valueOf(bytes);
  return sum;
}

/** The peer, where the running Node has the module. */
export async function openStreamIter(): Promise<Peer | undefined> {
  const iter = await load();
  if (!iter) return undefined;
  const pipeline = (shape: Shape): RunPipeline => (source: Source) =>
    sumBatches(iter.pull(source.kind === "C" ? source.batches : source.tokens, ...stepsOf[shape].map(transformOf)), (bytes) => weigh(textOf(bytes)));
  return {
    name: "stream/iter",
    carry,
    pipeline,
    async fork(tokens, branches) {
      const shared = iter.share(tokens, { budget: 1 << 20 });
      const sums = await Promise.all(Array.from({ length: branches }, () => shared.pull()).map((branch) => sumBatches(branch, lengthOf)));
      return sums.reduce((sum, one) => sum + one, 0);
    },
    merge: (sources) => sumBatches(iter.merge(...sources), lengthOf),
  };
}

/** What an open pipeline holds of the heap while its source has nothing to give. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { median } from "../measure.js";
import { loadPeer, type PeerName } from "../peers.js";
import type { Held } from "../report.js";
import { makeTokens } from "../workload/tokens.js";

export interface MemoryRequest {
  readonly peer: PeerName;
  readonly pipelines: number;
  readonly rounds: number;
}

/** A source that gives two tokens and then nothing until it is told to end. */
interface Idle<T> extends AsyncIterableIterator<T, undefined> {
  end(): void;
}

function idle<T>(tokens: readonly T[]): Idle<T> {
  let index = 0;
  let waiting: ((result: IteratorResult<T, undefined>) => void) | undefined;
  return {
    next: () => (index < tokens.length ? Promise.resolve({ done: false, value: tokens[index++] as T }) : new Promise((resolve) => (waiting = resolve))),
    return: () => Promise.resolve({ done: true, value: undefined }),
    end: () => waiting?.({ done: true, value: undefined }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 20));

/** Opens as many readers of idle sources and gives the bytes that each holds. */
async function held(count: number, tokens: readonly unknown[], read: (source: Idle<string>) => Promise<unknown>, collectGarbage: () => void): Promise<number> {
  const heap = async (): Promise<number> => {
    await turn();
    collectGarbage();
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await heap();
  const sources = Array.from({ length: count }, () => idle(tokens as readonly string[]));
  const readers = sources.map(read);
  const after = await heap();
  for (const source of sources) source.end();
  await Promise.all(readers);
  return (after - before) / count;
}

/** Reads a source as far as it goes, with nothing on top of it. */
async function readBare(source: Idle<string>): Promise<void> {
  await source.next();
  await source.next();
  await source.next();
}

/** Measures the heap of open, idle pipelines of five stages, less what their sources hold when nothing but one read waits on each. */
export async function measureMemory({ peer: name, pipelines, rounds }: MemoryRequest): Promise<Held | undefined> {
  const peer = await loadPeer(name);
  const run = peer?.pipeline?.(5);
  if (!run) return undefined;
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const tokens = makeTokens(64).filter((token) => token.startsWith(" ")).slice(0, 2);
  const carried: readonly unknown[] = peer?.carry ? tokens.map(peer.carry) : tokens;
  const found: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const bare = await held(pipelines, carried, readBare, collectGarbage);
    const piped = await held(pipelines, carried, (source) => run({ kind: "A", tokens: source }), collectGarbage);
    if (round >= 0) found.push(piped - bare);
  }
  return { implementation: name, bytesPerPipeline: median(found) };
}

/** What serving tokens as server-sent events costs the server, and what an open stream holds of its heap. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { median } from "../measure.js";
import type { HeldByStream, ServedTokens, ServingPattern } from "../report.js";
import { onePromiseEach } from "../workload/sources.js";
import { TimerWheel } from "../workload/timer-wheel.js";
import { makeTokens } from "../workload/tokens.js";
import { startReaders, type Readers } from "./serving-readers.js";
import { base, servers, type OpenTokens, type Served } from "./serving-servers.js";

export interface ServingRequest {
  readonly implementation: string;
  /** Streams at one time; fewer where the process may not open so many files. */
  readonly clients: number;
  /** Tokens of each stream, before the five stages. */
  readonly tokens: number;
  readonly rounds: number;
}

/** What one implementation was found to need. */
export interface ServingResult {
  readonly serving: readonly ServedTokens[];
  readonly memory: HeldByStream;
}

/** Milliseconds after which no further round is begun, when there were two: the dearest implementation takes very long. */
const patience = 40_000;

const warmUps = 3;

/** Tokens that are ready at once. */
const burst = 8;

/** Ticks of about a millisecond between the bursts of a stream: 17 to 48, so that a thousand streams do not keep the server busy all the time. */
const pause = (index: number): number => 17 + ((index * 13) & 31);

/** Opens the bursts of one stream after another, each with other pauses. */
function inBursts(bursts: readonly (readonly string[])[], wheel: TimerWheel): OpenTokens {
  let streams = 0;
  return () => {
    let at = ++streams;
    let index = 0;
    return {
      [Symbol.asyncIterator]: () => ({
        next: () =>
          new Promise((resolve) => {
            wheel.after(pause(at++), () => resolve(index < bursts.length ? { done: false, value: bursts[index++] ?? [] } : { done: true, value: undefined }));
          }),
        return: () => Promise.resolve({ done: true, value: undefined }),
      }),
    };
  };
}

/** Streams that give one burst and then nothing until all are told to end. */
function idling(first: readonly string[]): { readonly open: OpenTokens; readonly end: () => void } {
  const waiting: (() => void)[] = [];
  return {
    open: () => {
      let isGiven = false;
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => {
            if (isGiven) return new Promise((resolve) => waiting.push(() => resolve({ done: true, value: undefined })));
            isGiven = true;
            return Promise.resolve({ done: false, value: first });
          },
          return: () => Promise.resolve({ done: true, value: undefined }),
        }),
      };
    },
    end: () => {
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

/** The text of a whole event stream, put together from its events; it throws where one is missing. */
function textOf(body: string, { textOf: textOfData }: Served): string {
  return body
    .split("\n\n")
    .map((event) => /^data: (.*)$/m.exec(event)?.[1])
    .map((data) => (data === undefined || data === "[DONE]" ? "" : textOfData(JSON.parse(data))))
    .join("");
}

/** A server on a free port that keeps connections for the next round. */
async function host(served: Served, open: OpenTokens): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({ keepAliveTimeout: 0 }, served.listener(open));
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** Files that this process may open beyond a hundred for itself. */
function mostClients(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: Readonly<Record<string, { readonly soft: string | number }>> };
  const limit = Number(userLimits?.["open_files"]?.soft);
  return Number.isFinite(limit) ? Math.max(1, limit - 100) : Infinity;
}

/** Measures an implementation beside the base, in turns, with clients in another process. */
export async function measureServing({ implementation, clients, tokens, rounds }: ServingRequest): Promise<ServingResult | undefined> {
  const own = servers[implementation];
  const floor = servers[base];
  if (!own || !floor) return undefined;
  const count = Math.min(clients, mostClients());
  const all = makeTokens(tokens);
  const bursts = Array.from({ length: Math.ceil(tokens / burst) }, (_, index) => all.slice(index * burst, (index + 1) * burst));
  const contenders = implementation === base ? [own] : [floor, own];
  await using readers = startReaders();
  const serving: ServedTokens[] = [];
  for (const [pattern, open] of [["bursts of 8", inBursts(bursts, new TimerWheel())], ["no wait", () => onePromiseEach(bursts)]] as const) {
    const times = await measurePattern(contenders, open, readers, { count, tokens, rounds });
    serving.push(summary(implementation, pattern, count, times));
  }
  return { serving, memory: await measureMemory(implementation, contenders, readers, count, bursts[0] ?? []) };
}

function summary(implementation: string, pattern: ServingPattern, clients: number, times: readonly (readonly number[])[]): ServedTokens {
  const [floor = [], own = floor] = times;
  return { implementation, pattern, clients, nsPerToken: median(own), vsNodeHttp: median(own.map((time, round) => time / (floor[round] ?? Number.NaN))) };
}

/** CPU nanoseconds of this process for each token, of each contender in each round after those that warm up. */
async function measurePattern(contenders: readonly Served[], open: OpenTokens, readers: Readers, { count, tokens, rounds }: { readonly count: number; readonly tokens: number; readonly rounds: number }): Promise<readonly (readonly number[])[]> {
  const hosts = await Promise.all(contenders.map((served) => host(served, open)));
  const times = contenders.map((): number[] => []);
  let expected: string | undefined;
  const begun = performance.now();
  for (let round = -warmUps; round < rounds && (round < 2 || performance.now() - begun < patience); round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const at = (turn + round + warmUps) % contenders.length;
      const before = process.cpuUsage();
      const body = await readers.read(hosts[at]?.port ?? 0, count);
      const { user, system } = process.cpuUsage(before);
      const text = textOf(body, contenders[at] as Served);
      expected ??= text;
      if (text === "" || text !== expected) throw new Error(`${text.slice(0, 100)}... was served instead of ${expected.slice(0, 100)}...`);
      if (round >= 0) times[at]?.push(((user + system) * 1000) / (count * tokens));
    }
  }
  for (const { server } of hosts) server.unref();
  return times;
}

/** A few streams come first, so that what all share is there; then bytes of heap for each stream that is open and has nothing to give, and how much of that is beyond the base. */
async function measureMemory(implementation: string, contenders: readonly Served[], readers: Readers, count: number, first: readonly string[]): Promise<HeldByStream> {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const heap = async (): Promise<number> => {
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => void setTimeout(resolve, 20));
      collectGarbage();
    }
    return process.memoryUsage().heapUsed;
  };
  const held: number[] = [];
  for (const served of contenders) {
    const { open, end } = idling(first);
    const { server, port } = await host(served, open);
    let bytes = 0;
    for (const streams of [Math.min(count, 10), count]) {
      const before = await heap();
      await readers.read(port, streams, async () => {
        bytes = ((await heap()) - before) / streams;
        end();
      });
    }
    held.push(bytes);
    server.unref();
  }
  const [floor = Number.NaN, own = floor] = held;
  return { implementation, clients: count, bytesPerStream: own, aboveNodeHttp: own - floor };
}

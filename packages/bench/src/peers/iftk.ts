/** The library itself, read with its own sink and with a plain `for await`. */
import { each, filter, flatMap, forEach, fork, from, fromBatches, map, merge, pipe, scan, unary, type Bidi, type Stream } from "@iftk/core";
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { seed, type Shape } from "../workload/steps.js";
import { advance, isWord, pieces, translated, translatedLater, unspaced, weigh } from "../workload/tokens.js";

/** The two ways to read a stream, each with the two sums that are asked for. */
interface Sink {
  readonly weights: (stream: Stream<string>) => Promise<number>;
  readonly lengths: (stream: Stream<string>) => Promise<number>;
}

const byForEach: Sink = {
  async weights(stream) {
    let sum = 0;
    await forEach(stream, (token) => {
      sum += weigh(token);
    });
    return sum;
  },
  async lengths(stream) {
    let sum = 0;
    await forEach(stream, (token) => {
      sum += token.length;
    });
    return sum;
  },
};

const byForAwait: Sink = {
  async weights(stream) {
    let sum = 0;
    for await (const token of stream) sum += weigh(token);
    return sum;
  },
  async lengths(stream) {
    let sum = 0;
    for await (const token of stream) sum += token.length;
    return sum;
  },
};

const five = (): Bidi<string, string> => pipe(map(unspaced), filter(isWord), scan(advance, seed), flatMap(pieces), map(translated));

const pipelines: Readonly<Record<Shape, () => Bidi<string, string>>> = {
  1: () => pipe(map(unspaced)),
  2: () => pipe(map(unspaced), filter(isWord)),
  5: five,
  10: () => pipe(five(), five()),
  "5a": () => pipe(map(unspaced), filter(isWord), each(unary(translatedLater)), scan(advance, seed), flatMap(pieces)),
};

function streamOf(source: Source): Stream<string> {
  if (source.kind === "A") return source.tokens;
  return source.kind === "C" ? fromBatches(source.batches) : from(source.tokens);
}

function peer(name: string, sink: Sink): Peer {
  return {
    name,
    pipeline(shape): RunPipeline {
      const stages = pipelines[shape]();
      return (source) => sink.weights(stages(streamOf(source)));
    },
    async fork(tokens, branches) {
      const sums = await Promise.all(fork(branches)(from(tokens)).map(sink.lengths));
      return sums.reduce((all, one) => all + one, 0);
    },
    merge: (sources) => sink.lengths(merge(...sources)),
  };
}

export const iftk = peer("iftk", byForEach);

export const iftkForAwait = peer("iftk for await", byForAwait);

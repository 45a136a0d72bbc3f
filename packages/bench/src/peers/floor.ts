/** Loops written by hand, each for exactly one case: what every implementation is compared with. */
import type { Peer, RunPipeline } from "../peer.js";
import type { Source } from "../workload/sources.js";
import { seed, type Shape } from "../workload/steps.js";
import { advance, isWord, pieces, translated, translatedLater, unspaced, weigh } from "../workload/tokens.js";

type Loops = Readonly<{
  A: (tokens: AsyncIterable<string>) => Promise<number>;
  C: (batches: AsyncIterable<readonly string[]>) => Promise<number>;
  N: (tokens: readonly string[]) => Promise<number>;
}>;

const one: Loops = {
  async A(tokens) {
    let sum = 0;
    for await (const token of tokens) sum += weigh(unspaced(token));
    return sum;
  },
  async C(batches) {
    let sum = 0;
    for await (const batch of batches) for (const token of batch) sum += weigh(unspaced(token));
    return sum;
  },
  async N(tokens) {
    let sum = 0;
    for (const token of tokens) sum += weigh(unspaced(token));
    return sum;
  },
};

const two: Loops = {
  async A(tokens) {
    let sum = 0;
    for await (const token of tokens) {
      const word = unspaced(token);
      if (isWord(word)) sum += weigh(word);
    }
    return sum;
  },
  async C(batches) {
    let sum = 0;
    for await (const batch of batches) {
      for (const token of batch) {
        const word = unspaced(token);
        if (isWord(word)) sum += weigh(word);
      }
    }
    return sum;
  },
  async N(tokens) {
    let sum = 0;
    for (const token of tokens) {
      const word = unspaced(token);
      if (isWord(word)) sum += weigh(word);
    }
    return sum;
  },
};

const five: Loops = {
  async A(tokens) {
    let [sum, state] = [0, seed];
    for await (const token of tokens) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      state = advance(state, word);
      for (const piece of pieces(state)) sum += weigh(translated(piece));
    }
    return sum;
  },
  async C(batches) {
    let [sum, state] = [0, seed];
    for await (const batch of batches) {
      for (const token of batch) {
        const word = unspaced(token);
        if (!isWord(word)) continue;
        state = advance(state, word);
        for (const piece of pieces(state)) sum += weigh(translated(piece));
      }
    }
    return sum;
  },
  async N(tokens) {
    let [sum, state] = [0, seed];
    for (const token of tokens) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      state = advance(state, word);
      for (const piece of pieces(state)) sum += weigh(translated(piece));
    }
    return sum;
  },
};

const ten: Loops = {
  async A(tokens) {
    let [sum, first, second] = [0, seed, seed];
    for await (const token of tokens) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      first = advance(first, word);
      for (const piece of pieces(first)) {
        const again = unspaced(translated(piece));
        if (!isWord(again)) continue;
        second = advance(second, again);
        for (const part of pieces(second)) sum += weigh(translated(part));
      }
    }
    return sum;
  },
  async C(batches) {
    let [sum, first, second] = [0, seed, seed];
    for await (const batch of batches) {
      for (const token of batch) {
        const word = unspaced(token);
        if (!isWord(word)) continue;
        first = advance(first, word);
        for (const piece of pieces(first)) {
          const again = unspaced(translated(piece));
          if (!isWord(again)) continue;
          second = advance(second, again);
          for (const part of pieces(second)) sum += weigh(translated(part));
        }
      }
    }
    return sum;
  },
  async N(tokens) {
    let [sum, first, second] = [0, seed, seed];
    for (const token of tokens) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      first = advance(first, word);
      for (const piece of pieces(first)) {
        const again = unspaced(translated(piece));
        if (!isWord(again)) continue;
        second = advance(second, again);
        for (const part of pieces(second)) sum += weigh(translated(part));
      }
    }
    return sum;
  },
};

const fiveWithOneLater: Loops = {
  async A(tokens) {
    let [sum, state] = [0, seed];
    for await (const token of tokens) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      state = advance(state, await translatedLater(word));
      for (const piece of pieces(state)) sum += weigh(piece);
    }
    return sum;
  },
  async C(batches) {
    let [sum, state] = [0, seed];
    for await (const batch of batches) {
      for (const token of batch) {
        const word = unspaced(token);
        if (!isWord(word)) continue;
        state = advance(state, await translatedLater(word));
        for (const piece of pieces(state)) sum += weigh(piece);
      }
    }
    return sum;
  },
  async N(tokens) {
    let [sum, state] = [0, seed];
    for (const token of tokens) {
      const word = unspaced(token);
      if (!isWord(word)) continue;
      state = advance(state, await translatedLater(word));
      for (const piece of pieces(state)) sum += weigh(piece);
    }
    return sum;
  },
};

const loopsOf: Readonly<Record<Shape, Loops>> = { 1: one, 2: two, 5: five, 10: ten, "5a": fiveWithOneLater };

function pipeline(shape: Shape): RunPipeline {
  const loops = loopsOf[shape];
  return (source: Source) => {
    if (source.kind === "A") return loops.A(source.tokens);
    return source.kind === "C" ? loops.C(source.batches) : loops.N(source.tokens);
  };
}

/** A callback with a sum of its own. */
function summing(): { readonly take: (token: string) => void; readonly sum: () => number } {
  let sum = 0;
  return {
    take(token) {
      sum += token.length;
    },
    sum: () => sum,
  };
}

/** As many callbacks as branches, called one after another for each token. */
async function fork(tokens: readonly string[], branches: number): Promise<number> {
  const all = Array.from({ length: branches }, summing);
  for (const token of tokens) for (const { take } of all) take(token);
  return all.reduce((sum, one) => sum + one.sum(), 0);
}

/** A loop for each source, all at once. */
async function merge(sources: readonly AsyncIterable<string>[]): Promise<number> {
  let sum = 0;
  const read = async (source: AsyncIterable<string>): Promise<void> => {
    for await (const token of source) sum += token.length;
  };
  await Promise.all(sources.map(read));
  return sum;
}

export const floor: Peer = { name: "floor", pipeline, fork, merge };

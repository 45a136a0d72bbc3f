/** What a pass gives. */
import { macrotask } from "@iftk/core/authoring";
import type { RowsOptions } from "../backend.js";
import { type BackendCheck, demand, demandClose, demandRefusal, demandSame, distance, later, logitsAfter, tokensOf } from "./backend-trial.js";

const oneByOne: BackendCheck = {
  sentence: "tokens at once give what they give one by one",
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 12);
    const sequence = backend.openSequence();
    let last = new Float32Array(0);
    for (const [index, token] of tokens.entries()) {
      last = Float32Array.from(await sequence.forward([token]));
      demandSame(sequence.length, index + 1, "the length");
    }
    demandSame(last.length, backend.vocabularySize, "the number of logits");
    demandClose(trial, await logitsAfter(backend, tokens), last, "the same logits");
  },
};

const rows: BackendCheck = {
  sentence: "the rows of a pass are what passes up to each of its tokens give, and the caller's own",
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 11);
    const sequence = backend.openSequence();
    await sequence.forward(tokens.slice(0, 2));
    const { logits, embeddings } = await sequence.forwardRows(tokens.slice(2), { want: "both" });
    const kept = logits.map((row) => row.slice());
    demandSame([logits.length, embeddings.length, sequence.length], [9, 9, 11], "logits, embeddings and length");
    await sequence.forward(tokens.slice(0, 3));
    for (const [row, values] of logits.entries()) {
      demandSame(distance(values, kept[row]), 0, "the change of rows by a later pass");
      demandClose(trial, values, await logitsAfter(backend, tokens.slice(0, row + 3)), `row ${row} to be what a pass up to it gives`);
    }
    for (const values of embeddings) {
      demandSame(values.length, backend.embeddingSize, "the size of an embedding");
      demand(values.some((value) => value !== 0) && values.every(Number.isFinite), "an embedding of numbers", `it is ${values.slice(0, 4).join()}...`);
    }
  },
};

const someRows: BackendCheck = {
  sentence: "only what is wanted of the rows that are asked for is given",
  async holds(trial) {
    const { backend } = trial;
    const tokens = tokensOf(backend, 7);
    const run = async (options: RowsOptions) => {
      const sequence = backend.openSequence();
      const { logits, embeddings } = await sequence.forwardRows(tokens, options);
      demandSame(sequence.length, tokens.length, "the length");
      sequence.release();
      return { logits, embeddings };
    };
    const all = await run({ want: "both" });
    const some = await run({ rows: [1, 6], want: "both" });
    for (const [index, row] of [1, 6].entries()) {
      demandClose(trial, some.logits[index], all.logits[row], `the logits of row ${row}`);
      demandClose(trial, some.embeddings[index], all.embeddings[row], `the embedding of row ${row}`);
    }
    const [logits, embeddings, none] = [await run({ rows: [6] }), await run({ rows: [6], want: "embeddings" }), await run({ rows: [] })];
    demandSame([logits.logits.length, logits.embeddings.length, embeddings.logits.length, embeddings.embeddings.length, none.logits.length], [1, 0, 0, 1, 0], "what is given");
    demandClose(trial, embeddings.embeddings[0], all.embeddings[6], "the embedding on its own");
  },
};

const badRows: BackendCheck = {
  sentence: "rows that cannot be are refused, and the sequence stays as it was",
  async holds({ backend }) {
    const sequence = backend.openSequence();
    for (const indices of [[3], [-1], [0.5], [1, 1], [2, 1]]) await demandRefusal(() => sequence.forwardRows([1, 2, 3], { rows: indices }), "invalid_argument", `rows ${indices.join()}`);
    demandSame(sequence.length, 0, "the length");
  },
};

const badTokens: BackendCheck = {
  sentence: "no tokens, and what is no token, are refused, and the sequence stays as it was",
  async holds({ backend }) {
    const sequence = backend.openSequence();
    for (const tokens of [[], [-1], [1, backend.vocabularySize], [0.5], [NaN]]) await demandRefusal(() => sequence.forward(tokens), "invalid_argument", `tokens ${tokens.join()}`);
    demandSame(sequence.length, 0, "the length");
  },
};

const ownArray: BackendCheck = {
  sentence: "the caller may reuse its array of tokens at once",
  async holds(trial) {
    const { backend } = trial;
    const tokens = Int32Array.from(tokensOf(backend, 5));
    const copy = [...tokens];
    const sequence = backend.openSequence();
    const pass = later(sequence.forward(tokens));
    tokens.fill(0);
    demandClose(trial, (await pass).slice(), await logitsAfter(backend, copy), "the logits of the tokens as they were");
  },
};

const contextLength: BackendCheck = {
  sentence: "a sequence takes as many tokens as the context holds and refuses one more",
  bounds: { contextSize: 24 },
  async holds({ backend }) {
    const size = backend.contextSize;
    const sequence = backend.openSequence();
    await demandRefusal(() => sequence.forward(tokensOf(backend, size + 1)), "invalid_argument", "more than the context holds", "context-length");
    await sequence.forward(tokensOf(backend, size - 1));
    await sequence.forward([1]);
    await demandRefusal(() => sequence.forwardRows([1]), "invalid_argument", "a token more", "context-length");
    demandSame(sequence.length, size, "the length");
  },
};

const alone: BackendCheck = {
  sentence: "sequences that run at once each give what they give alone",
  async holds(trial) {
    const { backend } = trial;
    const prompts = [1, 9, 30, 5].map((count, index) => tokensOf(backend, count, 40 * index));
    const talk = async (prompt: readonly number[]) => {
      const sequence = backend.openSequence();
      const given = [(await sequence.forward(prompt)).slice()];
      for (const token of [3, 5, 7]) given.push((await sequence.forward([token])).slice());
      sequence.release();
      return given;
    };
    const expected: Float32Array[][] = [];
    for (const prompt of prompts) expected.push(await talk(prompt));
    const together = await Promise.all(prompts.map(talk));
    for (const [index, given] of together.entries()) {
      for (const [step, logits] of given.entries()) demandClose(trial, logits, expected[index]?.[step], `step ${step} of sequence ${index}`);
    }
  },
};

const fair: BackendCheck = {
  sentence: "the event loop turns, and the pass is pending, while a long prompt is read",
  async holds({ backend }) {
    const sequence = backend.openSequence();
    let isDone = false;
    let pending = 0;
    const pass = later(sequence.forward(tokensOf(backend, Math.min(backend.contextSize, 300))).finally(() => (isDone = true)));
    const start = performance.now();
    for (; !isDone; await macrotask()) pending += backend.statistics.pending;
    await pass;
    const milliseconds = performance.now() - start;
    demand(pending > 0 && pending >= milliseconds / 50, "the event loop to turn every 50 ms at least", `it turned ${pending} times in ${milliseconds} ms`);
    demandSame(backend.statistics.pending, 0, "the passes that are pending afterwards");
  },
};

const counted: BackendCheck = {
  sentence: "the statistics count passes, tokens and open sequences",
  async holds({ backend }) {
    const before = backend.statistics;
    const sequence = backend.openSequence();
    await sequence.forward(tokensOf(backend, 5));
    await sequence.forward([1]);
    const { decodes, tokens, sequences, pending } = backend.statistics;
    demandSame([tokens - before.tokens, sequences - before.sequences, pending], [6, 1, 0], "tokens, open sequences and pending passes");
    demand(decodes - before.decodes >= 2, "two passes at least", `there were ${decodes - before.decodes}`);
    sequence.release();
    demandSame(backend.statistics.sequences, before.sequences, "the open sequences after a release");
  },
};

export const checksOfPasses: readonly BackendCheck[] = [oneByOne, rows, someRows, badRows, badTokens, ownArray, contextLength, alone, fair, counted];

import { collect, type Call, from } from "@iftk/core";
import { implement } from "@iftk/core/task";
import { stageLaws, taskLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { cosineSimilarity } from "./cosine-similarity.js";
import { embedding, type EmbeddingResult, embeddings } from "./embedding.js";
import { rerank, rerankByEmbedding, reranks, reranksByEmbedding } from "./rerank.js";
import { sentenceSimilarities, sentenceSimilarity, similaritiesByEmbedding, similarityByEmbedding } from "./sentence-similarity.js";

/** A vector of how often each vowel occurs. */
const vectorOf = (text: string) => ({ data: { values: Array.from("aeiou", (vowel) => text.split(vowel).length - 1) } });
const one = implement(embedding, { unary: (text): EmbeddingResult => ({ result: vectorOf(text), inputTokenCount: text.length }) });
const several = implement(embeddings, { unary: (texts) => ({ results: { vectors: texts.map(vectorOf) }, inputTokenCount: texts.join("").length }) });

const documents = [{ text: "oooo" }, { _text: "aaoo", title: "both" }, { text: "aaa", _text: "ooo" }];

taskLaws("embedding", { task: embedding, implementation: one, wholes: ["", "a sentence. Another."], parameters: { truncateInputTokens: -1 } });
taskLaws("embeddings", { task: embeddings, implementation: several, wholes: [[], ["ae"], ["one", "", "three"]], cut: (texts) => texts });
taskLaws("rerank", { task: rerank, implementation: rerankByEmbedding(several), wholes: [{ query: "a", documents }, { query: "", documents: [] }] });
taskLaws("reranks", { task: reranks, implementation: reranksByEmbedding(one), wholes: [{ queries: ["a", "o"], documents }, { queries: [], documents: [] }], parameters: { topN: 2 } });
taskLaws("sentenceSimilarity", { task: sentenceSimilarity, implementation: similarityByEmbedding(one), wholes: [{ sourceSentence: "a", sentences: ["ao", "e"] }] });
taskLaws("sentenceSimilarities", { task: sentenceSimilarities, implementation: similaritiesByEmbedding(several), wholes: [{ sourceSentences: ["a", "o"], sentences: ["ao", "e"] }] });
stageLaws("reranks by embedding", { stage: () => reranksByEmbedding(several).outputStream, input: [{ queries: ["a", "o"], documents }] });

describe("embeddings", () => {
  test("give a vector for each text of a stream, the first with the tokens of all", async () => {
    expect(await collect(several.bidi(from(["a", "bee"])))).toEqual([
      { result: vectorOf("a"), inputTokenCount: 4 },
      { result: vectorOf("bee"), inputTokenCount: 0 },
    ]);
  });
});

describe.each([["embedding", one], ["embeddings", several]] as const)("by an implementation of %s", (_name, embedder) => {
  test("documents are put in the order of their worth", async () => {
    expect(await rerankByEmbedding(embedder).run({ query: "a", documents })).toEqual({
      result: {
        query: "a",
        scores: [
          { index: 2, score: 1, document: documents[2], text: "aaa" },
          { index: 1, score: expect.closeTo(Math.SQRT1_2, 12), document: documents[1], text: "aaoo" },
          { index: 0, score: 0, document: documents[0], text: "oooo" },
        ],
      },
      inputTokenCount: 12,
    });
  });

  test("only so much is told of so many documents", async () => {
    const brief = reranksByEmbedding(embedder).with({ topN: 1, returnDocuments: false, returnQuery: false, returnText: false });
    expect(await brief.run({ queries: ["a", "o"], documents })).toEqual({ results: [{ scores: [{ index: 2, score: 1 }] }, { scores: [{ index: 0, score: 1 }] }], inputTokenCount: 13 });
  });

  test("sentences are compared", async () => {
    expect([
      await similarityByEmbedding(embedder).run({ sourceSentence: "aa", sentences: ["a", "o", "bcd"] }),
      await similaritiesByEmbedding(embedder).run({ sourceSentences: ["a", "o"], sentences: ["o"] }),
    ]).toEqual([
      { result: { scores: [1, 0, 0] }, inputTokenCount: 7 },
      { results: [{ scores: [0] }, { scores: [1] }], inputTokenCount: 3 },
    ]);
  });
});

test("equal documents keep their order", async () => {
  const same = Array.from({ length: 20 }, () => ({ text: "a" }));
  const { result } = await rerankByEmbedding(one).run({ query: "a", documents: same });
  expect(result.scores.map(({ index }) => index)).toEqual(same.map((_, index) => index));
});

test("a document without text is refused with its place", async () => {
  await expect(rerankByEmbedding(one).run({ query: "a", documents: [{ text: "a" }, { text: 5 }] })).rejects.toMatchObject({ code: "invalid_argument", message: 'documents[1]: expected a text in "text" or "_text"' });
});

test("the error of one text is the error of all", async () => {
  const error = new Error("too long");
  const picky = implement(embedding, {
    unary(text) {
      if (text === "bad") throw error;
      return { result: vectorOf(text), inputTokenCount: 0 };
    },
  });
  await expect(similarityByEmbedding(picky).run({ sourceSentence: "a", sentences: ["bad"] })).rejects.toBe(error);
});

test("a model that gives too few vectors, or vectors of different lengths, is at fault", async () => {
  const few = implement(embeddings, { unary: () => ({ results: { vectors: [] }, inputTokenCount: 0 }) });
  const uneven = implement(embeddings, { unary: (texts) => ({ results: { vectors: texts.map((text) => ({ data: { values: Array.from(text, () => 1) } })) }, inputTokenCount: 0 }) });
  const input = { sourceSentence: "a", sentences: ["ab"] };
  await expect(similarityByEmbedding(few).run(input)).rejects.toMatchObject({ code: "internal", message: "embeddings: 2 texts were given and 0 vectors came" });
  await expect(similarityByEmbedding(uneven).run(input)).rejects.toMatchObject({ code: "internal", message: "vectors of 1 and 2 numbers cannot be compared" });
});

test("the embedder hears the signal of the call", async () => {
  const caller = new AbortController();
  const heard: unknown[] = [];
  const deaf = implement(embeddings, {
    unary: (_texts, { signal }: Call) =>
      new Promise<never>(() => {
        signal.addEventListener("abort", () => heard.push(signal.reason));
      }),
  });
  const answer = rerankByEmbedding(deaf).run({ query: "a", documents: [] }, { signal: caller.signal });
  const reason = new Error("enough");
  queueMicrotask(() => caller.abort(reason));
  await expect(answer).rejects.toBe(reason);
  expect(heard).toEqual([reason]);
});

test("the cosine of two vectors", () => {
  expect([cosineSimilarity([1, 2], [2, 4]), cosineSimilarity([1, 0], [-3, 0]), cosineSimilarity([1, 0], [0, 1]), cosineSimilarity([0, 0], [1, 1]), cosineSimilarity([], [])]).toEqual([expect.closeTo(1, 12), -1, 0, 0, 0]);
});

/** Putting documents in the order of their worth for a query. */
import { StageError } from "@iftk/core";
import { defineTask, implement, type TaskCall, type ImplementationOf } from "@iftk/core/task";
import { z } from "zod";
import { cosineSimilarity } from "./cosine-similarity.js";
import { type Embedder, vectorsOf } from "./embedding.js";
import { inputTokenCount, joinResults, splitResults } from "./one-by-one.js";

/** A document: an object of JSON whose `text`, or else `_text`, is what is read of it. */
export const rerankDocument = z.record(z.string(), z.unknown()).refine((document) => textIn(document) !== undefined, { message: 'expected a text in "text" or "_text"' });
export type RerankDocument = z.output<typeof rerankDocument>;

/** A document's worth for a query. */
export const rerankScore = z
  .object({
    document: rerankDocument.optional(),
    /** Its place among the documents that were given, from 0 on. */
    index: z.int().nonnegative(),
    score: z.number(),
    text: z.string().optional(),
  })
  .meta({ id: "RerankScore" });
export type RerankScore = z.output<typeof rerankScore>;

/** The documents of the highest scores for a query, the highest first. */
export const rerankScores = z.object({ query: z.string().optional(), scores: z.array(rerankScore) }).meta({ id: "RerankScores" });
export type RerankScores = z.output<typeof rerankScores>;

/** The documents for one query. */
export const rerankResult = z.object({ result: rerankScores, inputTokenCount }).meta({ id: "RerankResult" });
export type RerankResult = z.output<typeof rerankResult>;

/** The documents for each of several queries, in their order. */
export const rerankResults = z.object({ results: z.array(rerankScores), inputTokenCount }).meta({ id: "RerankResults" });
export type RerankResults = z.output<typeof rerankResults>;

const parameters = z.strictObject({
  /** Gives so many documents at most; all without it. */
  topN: z.int().positive().optional(),
  /** Whether a score has its document, its text, and the query. */
  returnDocuments: z.boolean().default(true),
  returnText: z.boolean().default(true),
  returnQuery: z.boolean().default(true),
});
type RerankParameters = z.output<typeof parameters>;

/** Puts documents in the order of their worth for a query. */
export const rerank = defineTask({
  name: "rerank",
  input: { whole: z.object({ query: z.string(), documents: z.array(rerankDocument) }).meta({ id: "RerankInput" }) },
  output: { name: "result", whole: rerankResult },
  parameters,
});

/** Puts documents in their order for each of several queries. As a stream each query has a result; the first has the tokens of all. */
export const reranks = defineTask({
  name: "reranks",
  input: { whole: z.object({ queries: z.array(z.string()), documents: z.array(rerankDocument) }).meta({ id: "ReranksInput" }) },
  output: { name: "results", whole: rerankResults, part: rerankResult },
  parameters,
  splitOutput: splitResults(({ results }: RerankResults) => results),
  joinOutput: joinResults((results: RerankScores[], inputTokenCount) => ({ results, inputTokenCount })),
});

/** The order of documents by the cosine of their vectors and the query's. Its stage throws StageError `invalid_argument` for a document without text. */
export function rerankByEmbedding(embedder: Embedder): ImplementationOf<typeof rerank> {
  return implement(rerank, {
    async unary({ query, documents }, call) {
      const { results, inputTokenCount } = await rank(embedder, { queries: [query], documents }, call);
      return { result: results[0] ?? { scores: [] }, inputTokenCount };
    },
  });
}

/** The same for several queries: every document is embedded once. */
export function reranksByEmbedding(embedder: Embedder): ImplementationOf<typeof reranks> {
  return implement(reranks, { unary: (input, call) => rank(embedder, input, call) });
}

async function rank(embedder: Embedder, { queries, documents }: { readonly queries: readonly string[]; readonly documents: readonly RerankDocument[] }, call: TaskCall<RerankParameters>): Promise<RerankResults> {
  const { topN = documents.length, returnDocuments, returnText, returnQuery } = call.parameters;
  const texts = documents.map((document, index) => {
    const text = textIn(document);
    if (text === undefined) throw new StageError("invalid_argument", `documents[${index}]: expected a text in "text" or "_text"`);
    return text;
  });
  const { vectors, inputTokenCount } = await vectorsOf(embedder, [...queries, ...texts], call);
  const results = queries.map((query, place): RerankScores => {
    const scores = texts.map((text, index): RerankScore => {
      const score = cosineSimilarity(vectors[place] ?? [], vectors[queries.length + index] ?? []);
      return { index, score, ...(returnDocuments && { document: documents[index] }), ...(returnText && { text }) };
    });
    scores.sort((one, other) => other.score - one.score);
    return { ...(returnQuery && { query }), scores: scores.slice(0, topN) };
  });
  return { results, inputTokenCount };
}

function textIn(document: Readonly<Record<string, unknown>>): string | undefined {
  for (const key of ["text", "_text"]) {
    const text = Object.hasOwn(document, key) ? document[key] : undefined;
    if (typeof text === "string") return text;
  }
  return undefined;
}

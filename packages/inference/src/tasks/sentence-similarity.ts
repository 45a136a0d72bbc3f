/** Saying how alike sentences are. */
import { implement, defineTask, type ImplementationOf } from "@iftk/core/task";
import { z } from "zod";
import { cosineSimilarity } from "./cosine-similarity.js";
import { type Embedder, vectorsOf } from "./embedding.js";
import { inputTokenCount, joinResults, splitResults } from "./one-by-one.js";

/** How alike each of several sentences is to one, in their order: 1 is the same, 0 has nothing to do with it. */
export const sentenceSimilarityScores = z.object({ scores: z.array(z.number()) }).meta({ id: "SentenceSimilarityScores" });
export type SentenceSimilarityScores = z.output<typeof sentenceSimilarityScores>;

/** The scores for one source sentence. */
export const sentenceSimilarityResult = z.object({ result: sentenceSimilarityScores, inputTokenCount }).meta({ id: "SentenceSimilarityResult" });
export type SentenceSimilarityResult = z.output<typeof sentenceSimilarityResult>;

/** The scores for each of several source sentences, in their order. */
export const sentenceSimilarityResults = z.object({ results: z.array(sentenceSimilarityScores), inputTokenCount }).meta({ id: "SentenceSimilarityResults" });
export type SentenceSimilarityResults = z.output<typeof sentenceSimilarityResults>;

/** Says how alike sentences are to a source sentence. */
export const sentenceSimilarity = defineTask({
  name: "sentence-similarity",
  input: { whole: z.object({ sourceSentence: z.string(), sentences: z.array(z.string()) }).meta({ id: "SentenceSimilarityInput" }) },
  output: { name: "result", whole: sentenceSimilarityResult },
});

/** Says how alike sentences are to each of several source sentences. As a stream each source sentence has a result; the first has the tokens of all. */
export const sentenceSimilarities = defineTask({
  name: "sentence-similarities",
  input: { whole: z.object({ sourceSentences: z.array(z.string()), sentences: z.array(z.string()) }).meta({ id: "SentenceSimilaritiesInput" }) },
  output: { name: "results", whole: sentenceSimilarityResults, part: sentenceSimilarityResult },
  splitOutput: splitResults(({ results }: SentenceSimilarityResults) => results),
  joinOutput: joinResults((results: SentenceSimilarityScores[], inputTokenCount) => ({ results, inputTokenCount })),
});

/** The similarity of sentences by the cosine of their vectors. */
export function similarityByEmbedding(embedder: Embedder): ImplementationOf<typeof sentenceSimilarity> {
  const similarities = similaritiesByEmbedding(embedder);
  return implement(sentenceSimilarity, {
    async unary({ sourceSentence, sentences }, call) {
      const { results, inputTokenCount } = await similarities.unary({ sourceSentences: [sourceSentence], sentences }, call);
      return { result: results[0] ?? { scores: [] }, inputTokenCount };
    },
  });
}

/** The same for several source sentences: every text is embedded once. */
export function similaritiesByEmbedding(embedder: Embedder): ImplementationOf<typeof sentenceSimilarities> {
  return implement(sentenceSimilarities, {
    async unary({ sourceSentences, sentences }, call) {
      const { vectors, inputTokenCount } = await vectorsOf(embedder, [...sourceSentences, ...sentences], call);
      const [sources, others] = [vectors.slice(0, sourceSentences.length), vectors.slice(sourceSentences.length)];
      return { results: sources.map((source) => ({ scores: others.map((other) => cosineSimilarity(source, other)) })), inputTokenCount };
    },
  });
}

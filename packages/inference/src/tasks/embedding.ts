/** Texts as vectors. */
import { from, outputStream, StageError, type Call } from "@iftk/core";
import { defineTask, type ImplementationOf } from "@iftk/core/task";
import { z } from "zod";
import { inputTokenCount, joinResults, splitResults } from "./one-by-one.js";
import { joinText, joinTexts, splitText, textInput } from "./text-input.js";

/** A vector of numbers. */
export const vector1D = z.object({ data: z.object({ values: z.array(z.number()) }).meta({ id: "PyDoubleSequence" }) }).meta({ id: "Vector1D" });
export type Vector1D = z.output<typeof vector1D>;

/** The vector of a text. */
export const embeddingResult = z.object({ result: vector1D, inputTokenCount }).meta({ id: "EmbeddingResult" });
export type EmbeddingResult = z.output<typeof embeddingResult>;

/** The vectors of several texts, in their order. */
export const embeddingResults = z.object({ results: z.object({ vectors: z.array(vector1D) }).meta({ id: "ListOfVector1D" }), inputTokenCount }).meta({ id: "EmbeddingResults" });
export type EmbeddingResults = z.output<typeof embeddingResults>;

const parameters = z.strictObject({
  /** Reads so many tokens of a text; -1 is as many as the model can read, and 0 refuses a text that is longer than that. */
  truncateInputTokens: z.int().min(-1).default(0),
});

/** Makes a vector of a text: texts that mean much the same have vectors of much the same direction. */
export const embedding = defineTask({
  name: "embedding",
  input: textInput,
  output: { name: "result", whole: embeddingResult },
  parameters,
  splitInput: splitText,
  joinInput: joinText(),
});

/** Makes vectors of several texts. As a stream each text is a part, and so is its vector; the first has the tokens of all. */
export const embeddings = defineTask({
  name: "embeddings",
  input: { name: "texts", whole: z.array(z.string()), part: z.string() },
  output: { name: "results", whole: embeddingResults, part: embeddingResult },
  parameters,
  splitInput: outputStream(function eachText(texts: string[]) {
    return from(texts);
  }),
  joinInput: joinTexts(),
  splitOutput: splitResults(({ results }: EmbeddingResults) => results.vectors),
  joinOutput: joinResults((vectors: Vector1D[], inputTokenCount) => ({ results: { vectors }, inputTokenCount })),
});

/** What makes vectors of texts, one at a time or several at once. */
export type Embedder = ImplementationOf<typeof embedding> | ImplementationOf<typeof embeddings>;

/** The vectors of texts, in their order, and the tokens that they took. */
export async function vectorsOf(embedder: Embedder, texts: readonly string[], call: Call): Promise<{ readonly vectors: readonly (readonly number[])[]; readonly inputTokenCount: number }> {
  const { results, inputTokenCount } = isForSeveral(embedder) ? await embedder.unary([...texts], call) : await embedEach(embedder, texts, call);
  const vectors = results.vectors.map(({ data }) => data.values);
  if (vectors.length !== texts.length) throw new StageError("internal", `${embedder.task.name}: ${texts.length} texts were given and ${vectors.length} vectors came`);
  return { vectors, inputTokenCount };
}

function isForSeveral(embedder: Embedder): embedder is ImplementationOf<typeof embeddings> {
  return embedder.task.name === embeddings.name;
}

async function embedEach(embedder: ImplementationOf<typeof embedding>, texts: readonly string[], call: Call): Promise<EmbeddingResults> {
  const vectors: Vector1D[] = [];
  let tokens = 0;
  for (const result of await embedder.runBatch(texts, call)) {
    if (result instanceof Error) throw result;
    vectors.push(result.result);
    tokens += result.inputTokenCount;
  }
  return { results: { vectors }, inputTokenCount: tokens };
}

import type { AnyTask } from "@iftk/core/task";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  chunkerTokenization,
  classificationWithTextGeneration,
  embedding,
  embeddings,
  rerank,
  reranks,
  sentenceSimilarities,
  sentenceSimilarity,
  textClassification,
  textGeneration,
  tokenClassification,
  tokenization,
} from "./index.js";

const tasks: readonly AnyTask[] = [
  textGeneration,
  tokenClassification,
  classificationWithTextGeneration,
  textClassification,
  tokenization,
  chunkerTokenization,
  embedding,
  embeddings,
  rerank,
  reranks,
  sentenceSimilarity,
  sentenceSimilarities,
];

const schemasOf = ({ input, output, parameters }: AnyTask): z.ZodType[] => [input.whole, input.part, output.whole, output.part, parameters].filter((schema) => schema !== undefined) as unknown as z.ZodType[];

test("each task has a name of its own", () => {
  expect(tasks.map(({ name }) => name)).toEqual([
    "text-generation",
    "token-classification",
    "classification-with-text-generation",
    "text-classification",
    "tokenization",
    "chunker-tokenization",
    "embedding",
    "embeddings",
    "rerank",
    "reranks",
    "sentence-similarity",
    "sentence-similarities",
  ]);
});

test.for(tasks.map((task) => [task.name, task] as const))("the data of %s can be written as JSON Schema, each object of an output under a name", ([, task]) => {
  for (const schema of schemasOf(task)) expect(z.toJSONSchema(schema, { io: "input" })).toBeTypeOf("object");
  const names = [task.output.whole, task.output.part].map((schema) => (schema as unknown as z.ZodType).meta()?.id);
  expect(names).toEqual([expect.stringMatching(/^[A-Z][A-Za-z]*Results?$/), expect.stringMatching(/^[A-Z][A-Za-z]*(?:Result|Results)$/)]);
});

test("offsets say what they count", () => {
  const { $defs } = z.toJSONSchema(tokenClassification.output.part as z.ZodType);
  const offset = { type: "integer", minimum: 0, description: "Counted in UTF-16 code units from the beginning of the whole text." };
  expect($defs).toMatchObject({ TokenClassificationStreamResult: { properties: { processedIndex: offset, startIndex: offset } }, TokenClassificationResult: { properties: { start: offset, end: offset } } });
});

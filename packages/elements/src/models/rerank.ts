/** Texts in the order of their worth. */
import { flatMap, forEach, inputStream, pipe, StageError, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { cosineSimilarity } from "@iftk/inference/tasks";
import { z } from "zod";
import { embeddingProperties, embedTexts } from "./embed.js";
import type { ModelStagesOptions } from "./model-stages.js";

/** A text and how near it is to what was asked for. */
interface RankedText {
  readonly text: string;
  /** Its place among the texts that came, from 0 on. */
  readonly index: number;
  readonly score: number;
}

/** The element that gives the texts that are nearest in meaning to a query. */
export const rerankElement = (options: ModelStagesOptions) => element({
  kind: "transform",
  name: "rerank",
  description: "Gives the texts that are nearest to a query by their vectors, {text, index, score}, the nearest first, when the input has ended.",
  properties: z.strictObject({
    ...embeddingProperties,
    query: z.string().min(1).max(100_000).describe("What is asked for."),
    top: z.int().min(1).max(100_000).default(10).describe("How many are given."),
    maximum: z.int().min(1).max(1_000_000).default(10_000).describe("Texts that may come; one more is an error."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.json },
  create({ query, top, maximum, ...properties }) {
    const embed = embedTexts("rerank", options, properties);
    return pipe(
      inputStream(async function rerank(texts: Stream<string>, call): Promise<readonly RankedText[]> {
        const [asked, ...found] = await bounded(embed(startingWith(query, texts), call), maximum + 1);
        const ranked = found.map(({ text, vector }, index): RankedText => ({ text, index, score: cosineSimilarity(asked?.vector ?? [], vector) }));
        return ranked.sort((one, other) => other.score - one.score).slice(0, top);
      }),
      flatMap((ranked: readonly RankedText[]) => ranked),
    );
  },
});

async function* startingWith(first: string, rest: Stream<string>): AsyncGenerator<string, void, undefined> {
  yield first;
  yield* rest;
}

async function bounded<T>(values: Stream<T>, most: number): Promise<readonly T[]> {
  const all: T[] = [];
  await forEach(values, (value) => {
    if (all.push(value) > most) throw new StageError("resource_exhausted", `rerank: more than ${most - 1} texts came; raise maximum if that is meant to be`, { reason: "too-large" });
  });
  return all;
}

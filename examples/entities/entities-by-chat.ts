/** Token classification by a chat model that is asked about each sentence. */
import type { ImplementationOf } from "@iftk/core/task";
import { classifyEachSentence, type SentenceSpan, type tokenClassification } from "@iftk/inference/tasks";
import { z } from "zod";
import { jsonAnswer, type Chat, type OnUnusable } from "./json-answer.js";

const answer = z.object({ entities: z.array(z.object({ text: z.string().min(1), type: z.string().min(1) })) });

/** What the model says of an entity. */
export type NamedEntity = z.output<typeof answer>["entities"][number];

/**
 * Finds entities in one sentence after the other, the next one while those of the last are read.
 *
 * A sentence about which the model gives no usable answer has no entities.
 */
export function entitiesByChat(chat: Chat, onUnusable?: OnUnusable): ImplementationOf<typeof tokenClassification> {
  const ask = jsonAnswer(chat, answer, onUnusable);
  return classifyEachSentence(
    async function entitiesOf(sentence, call) {
      const found = await ask(`Extract the entities from: ${sentence}`, call);
      return grounded(sentence, found?.entities ?? []);
    },
    { ahead: 1 },
  );
}

/**
 * The entities that the sentence holds word for word, in its order: what a model makes up is left out.
 *
 * One that is named twice is looked for behind its first place. The score is 1, for the model says none.
 */
export function grounded(sentence: string, entities: readonly NamedEntity[]): readonly SentenceSpan[] {
  const behind = new Map<string, number>();
  const spans = entities.flatMap(({ text, type }) => {
    const start = placeOf(text, sentence, behind.get(text) ?? 0);
    if (start < 0) return [];
    behind.set(text, start + text.length);
    return [{ entity: type, score: 1, start, end: start + text.length }];
  });
  return spans.sort((one, other) => one.start - other.start);
}

/** Where the text begins as whole words, from a place on; -1 where it does not. */
function placeOf(text: string, sentence: string, from: number): number {
  for (let at = sentence.indexOf(text, from); at >= 0; at = sentence.indexOf(text, at + 1)) {
    if (!joins(sentence, at) && !joins(sentence, at + text.length)) return at;
  }
  return -1;
}

/** Whether the characters before and at the place belong to one word. */
function joins(sentence: string, place: number): boolean {
  return /[\p{L}\p{N}]$/u.test(sentence.slice(0, place)) && /^[\p{L}\p{N}]/u.test(sentence.slice(place));
}

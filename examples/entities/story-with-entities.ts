/** A story, and the entities in it, while it is being told. */
import { fork, map, merge, outputStream, pipe, type OutputStream } from "@iftk/core";
import type { ImplementationOf } from "@iftk/core/task";
import { text } from "@iftk/inference";
import type { tokenClassification, TokenClassificationResult, TokenClassificationStreamResult } from "@iftk/inference/tasks";
import type { Chat } from "./json-answer.js";

/** A piece of the story as it comes, or the entities of one of its sentences. */
export type Told = { readonly type: "text"; readonly text: string } | { readonly type: "entities"; readonly entities: readonly TokenClassificationResult[] };

/** Pieces that the story may be ahead of what is read for entities; at the bound it waits. */
const ahead = 32;

/** Tells a story to a prompt: its text goes to the reader and to the classification alike. */
export function storyWithEntities(chat: Chat, classification: ImplementationOf<typeof tokenClassification>): OutputStream<string, Told> {
  const story = pipe(chat, text);
  const asText = map((piece: string): Told => ({ type: "text", text: piece }));
  const asEntities = pipe(classification.bidi, map(({ results }: TokenClassificationStreamResult): Told => ({ type: "entities", entities: results })));

  return outputStream(function storyWithEntities(prompt: string, call) {
    const [forReaders, forEntities] = fork(2, { buffer: ahead })(story({ messages: [{ role: "user", content: prompt }] }, call));
    return merge(asText(forReaders, call), asEntities(forEntities, call));
  });
}

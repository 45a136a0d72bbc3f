/** Text classification by a chat model that is asked for the sentiment. */
import { implement, type ImplementationOf } from "@iftk/core/task";
import { textClassification } from "@iftk/inference/tasks";
import { z } from "zod";
import { jsonAnswer, type Chat, type OnUnusable } from "./json-answer.js";

const answer = z.object({ sentiment: z.enum(["positive", "neutral", "negative"]) });

/** Says whether a text is positive, neutral or negative; nothing where the model gives no usable answer. */
export function sentimentByChat(chat: Chat, onUnusable?: OnUnusable): ImplementationOf<typeof textClassification> {
  const ask = jsonAnswer(chat, answer, onUnusable);
  return implement(textClassification, {
    async unary(text, call) {
      const found = await ask(`What is the sentiment of: ${text}`, call);
      return { results: found ? [{ label: found.sentiment, score: 1 }] : [] };
    },
  });
}

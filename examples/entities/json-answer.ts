/** Answers of a chat model in JSON. */
import { pipe, type CallOptions, type OutputStream } from "@iftk/core";
import { reply, type ChatRequest, type Part } from "@iftk/inference";
import type { z } from "zod";

/** A stage that answers a conversation. */
export type Chat = OutputStream<ChatRequest, Part>;

/** Hears answers that are not what was asked for, which a small model gives now and then. */
export type OnUnusable = (answer: string, prompt: string) => void;

/** Gives what asks the model and reads its answer: undefined where that is not JSON of the form. Nothing is guessed from half an answer. */
export function jsonAnswer<T>(chat: Chat, form: z.ZodType<T>, onUnusable: OnUnusable = () => {}) {
  const ask = pipe(chat, reply);
  return async function jsonAnswer(prompt: string, call: CallOptions): Promise<T | undefined> {
    const { text } = await ask({ messages: [{ role: "user", content: prompt }], maxTokens: 200 }, call);
    const read = form.safeParse(parsed(text));
    if (!read.success) onUnusable(text, prompt);
    return read.data;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

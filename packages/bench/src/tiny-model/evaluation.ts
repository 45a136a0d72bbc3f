/** Asks the embedded model the prompts that were held out of its training, and counts what it gets right. */
import { each, forEach, from, unary } from "@iftk/core";
import { chatRequest, type ChatRequest, reply, textOf } from "@iftk/inference";
import { hermes } from "@iftk/inferlet";
import { chat, openLlama } from "@iftk/llama";
import * as z from "zod";
import { check, holds, type Check } from "./check.js";

const message = z.object({ role: z.enum(["system", "user", "assistant", "tool"]), content: z.string(), checks: z.array(check).default([]) });

/** A conversation whose assistant turns say what is asked of an answer in their place. */
export const heldOut = z.object({ class: z.string(), messages: z.array(message) });
export type HeldOut = z.infer<typeof heldOut>;

/** An answer that is to be given, after the turns before it as they should have been. */
interface Question {
  readonly request: ChatRequest;
  readonly checks: readonly Check[];
}

/** What the model said to a question. */
export interface Answered {
  readonly question: string;
  readonly answer: string;
  readonly isComplete: boolean;
  readonly failed: readonly string[];
}

/** How often something held, of how many times. */
export interface Row {
  readonly name: string;
  readonly right: number;
  readonly of: number;
}

const maxTokens = 400;
const stops = "stops by itself";
/** Conversations that are answered at the same time, in one forward pass. */
const together = 16;

/** Every answer that conversations ask for. */
export function questionsOf(conversations: readonly HeldOut[]): readonly Question[] {
  return conversations.flatMap(({ messages }) =>
    messages.flatMap(({ role, checks }, at) => {
      if (role !== "assistant" || checks.length === 0) return [];
      const before = messages.slice(0, at).map(({ role: speaker, content }) => ({ role: speaker, content }));
      return [{ checks, request: chatRequest.parse({ messages: before, temperature: 0, maxTokens }) }];
    }));
}

/** Puts all questions to a model, greedily, and tells of each answer as it comes. */
export async function evaluate(modelPath: string, conversations: readonly HeldOut[], onAnswer: (answered: Answered) => void): Promise<readonly Row[]> {
  await using backend = await openLlama({ modelPath });
  // Some prompts write their tools themselves, so that a call is read as the text that it is.
  const stage = chat({ backend, format: hermes });
  const counts = new Map<string, { right: number; of: number }>();
  const count = (name: string, isRight: boolean): boolean => {
    const row = counts.get(name) ?? { right: 0, of: 0 };
    counts.set(name, { right: row.right + Number(isRight), of: row.of + 1 });
    return isRight;
  };

  const answer = unary(async function answer({ request, checks }: Question, call) {
    const { text, finish } = await reply(stage(request, call));
    return { text, checks, isComplete: finish.reason.unified === "stop", asked: request.messages.slice(-1).map((message) => textOf(message, "evaluation")).join("") };
  });
  await forEach(each(answer, { ahead: together - 1 })(from(questionsOf(conversations))), ({ text, checks, isComplete, asked }) => {
    count(stops, isComplete);
    const failed = checks.filter((condition) => !count(condition.row, holds(condition, text))).map(({ row }) => row);
    onAnswer({ question: asked, answer: text, isComplete, failed });
  });
  return [...counts].map(([name, { right, of }]) => ({ name, right, of }));
}

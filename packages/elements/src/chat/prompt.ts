/** Conversations as requests. */
import { StageError, sync } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { message, parseRequest, type ChatRequest, type Message } from "@iftk/inference";
import { z } from "zod";
import { Conversation } from "./conversation.js";

/** A request for each turn of a conversation that is the model's. */
export const prompt = element({
  kind: "transform",
  name: "prompt",
  description:
    "Keeps a conversation and gives it as a request whenever it is the model's turn. It takes texts of the user, messages such as the model's replies, and objects with messages, which begin anew; turns out of order are an error.",
  properties: z.strictObject({
    system: z.string().max(1_000_000).optional().describe("What the model is told first."),
    history: z.array(message).max(10_000).default([]).describe('Turns that went before, such as [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}].'),
    maximum: z.int().min(1).max(100_000).default(1000).describe("Turns that are kept; one more is an error."),
  }),
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.chatRequest },
  create({ system, history, maximum }) {
    const first: readonly Message[] = [...(system === undefined ? [] : [{ role: "system" as const, content: system }]), ...history];
    const open = (): Conversation => new Conversation(first, maximum);
    open();
    return sync<unknown, ChatRequest>("prompt", () => {
      const conversation = open();
      return {
        take(value) {
          if (typeof value === "string") conversation.add({ role: "user", content: value });
          else if (isPrompt(value)) conversation.replace(parseRequest(messages, value, "prompt").messages);
          else conversation.add(parseRequest(message, value, "prompt"));
          return conversation.isOpen ? [{ messages: [...conversation.messages] }] : [];
        },
      };
    });
  },
});

const messages = z.object({ messages: z.array(message).min(1) });

function isPrompt(value: unknown): boolean {
  if (typeof value !== "object" || value === null) throw new StageError("invalid_argument", `prompt: expected a text, a message or an object with messages; got ${value === null ? "null" : `a ${typeof value}`}`);
  return Object.hasOwn(value, "messages");
}

/** Conversations with a model. */
import { bidi, from, StageError, type Call, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { defined, message, reply as replyOf, type Message, type Part } from "@iftk/inference";
import { z } from "zod";
import { askModels, modelProperty, requestProperties, resilienceProperties, type ModelOptions } from "./chat.js";
import { Conversation } from "./conversation.js";

/** The element that answers each text in the light of those before it. */
export const converseElement = ({ router, model }: ModelOptions) => element({
  kind: "transform",
  name: "converse",
  description: "Answers each text as the next turn of one conversation with a model, and gives the parts of each reply as they come: lines before it make a turn of each line.",
  properties: z.strictObject({
    model: modelProperty(model),
    system: z.string().max(1_000_000).optional().describe("What the model is told first."),
    history: z.array(message).max(10_000).default([]).describe("Turns that went before, as prompt has them."),
    maximum: z.int().min(2).max(100_000).default(100).describe("Turns that are kept, the system's not counted; the oldest of the user and its reply are forgotten first."),
    ...requestProperties,
    ...resilienceProperties,
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.part },
  create({ model, system, history, maximum, fallback, timeout, idleTimeout, ...properties }) {
    const chat = askModels(router, { model, fallback, timeout, idleTimeout });
    const instruction: readonly Message[] = system === undefined ? [] : [{ role: "system", content: system }];
    const first: readonly Message[] = [...instruction, ...history];
    if (new Conversation(first, Infinity).isOpen) throw new StageError("invalid_argument", "converse: the history ends with the user; it ends with the model's reply");
    return bidi(async function* converse(texts: Stream<string>, call: Call): AsyncGenerator<Part, void, undefined> {
      const conversation = new Conversation(first, Infinity);
      for await (const text of texts) {
        if (text.trim() === "") continue;
        conversation.add({ role: "user", content: text });
        conversation.forget(maximum);
        const parts: Part[] = [];
        for await (const part of chat({ ...defined(properties), messages: [...conversation.messages] }, call)) {
          parts.push(part);
          yield part;
        }
        const { message } = await replyOf(from(parts), call);
        conversation.add(message);
      }
    });
  },
});

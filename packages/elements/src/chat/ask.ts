/** Texts as requests. */
import { each, forEach, inputStream, StageError, unary, type AnyStage, type Stream } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import type { ChatRequest } from "@iftk/inference";
import { z } from "zod";

/** A request out of text. */
export const ask = element({
  kind: "transform",
  name: "ask",
  description: "Makes a request to a model of text: of all of it, or of each item by itself.",
  properties: z.strictObject({
    system: z.string().max(1_000_000).optional().describe("What the model is told before the text."),
    by: z.enum(["all", "item"]).default("all").describe("all asks once with the whole text, since text comes in pieces; item asks with each item, such as a line."),
    maximum: z.int().min(1).max(2 ** 28).default(2 ** 20).describe("Longest text of a request in UTF-16 code units; a longer one is an error."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.chatRequest },
  isConversion: true,
  create({ system, by, maximum }): AnyStage {
    const request = (text: string): ChatRequest => {
      if (text === "") throw new StageError("invalid_argument", "ask: there is no text to ask with");
      return { messages: [...(system === undefined ? [] : [{ role: "system" as const, content: system }]), { role: "user", content: bounded(text, maximum) }] };
    };
    if (by === "item") return each(unary(function ask(text: string): ChatRequest {
      return request(text);
    }));
    return inputStream(async function ask(texts: Stream<string>): Promise<ChatRequest> {
      let whole = "";
      await forEach(texts, (text) => {
        whole = bounded(whole + text, maximum);
      });
      return request(whole);
    });
  },
});

function bounded(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  throw new StageError("resource_exhausted", `ask: the text is longer than ${maximum} characters; raise maximum if that is meant to be`, { reason: "too-large" });
}

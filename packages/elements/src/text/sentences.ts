/** Text cut into sentences. */
import { map, pipe } from "@iftk/core";
import { caps, element } from "@iftk/graph";
import { type Sentence, sentences as cutSentences } from "@iftk/inference/tasks";
import { z } from "zod";
import { language } from "./language.js";

/** Sentences with the blanks after them: together they are the text. */
export const sentences = element({
  kind: "transform",
  name: "sentences",
  description: "Cuts text into sentences (UAX #29), each with the blanks after it, so that no character is lost; a sentence is given once the next one has begun.",
  properties: z.strictObject({
    locale: language.default("en").describe("Language tag by which sentences are told, such as en or pt-BR."),
    maximum: z.int().min(2).max(1_000_000).default(10_000).describe("Longest sentence in UTF-16 code units; a longer one is cut after a blank, or else between characters."),
  }),
  in: { name: "in", caps: caps.text },
  out: { name: "out", caps: caps.text },
  create: ({ locale, maximum }) => pipe(cutSentences({ locale, maxLength: maximum }), map(({ text }: Sentence) => text)),
});

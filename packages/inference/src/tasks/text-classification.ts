/** Saying to which classes a text belongs. */
import { defineTask } from "@iftk/core/task";
import { z } from "zod";
import { joinText, splitText, textInput } from "./text-input.js";

/** A class and how likely it is, from 0 to 1. */
export const classificationResult = z.object({ label: z.string(), score: z.number().min(0).max(1) }).meta({ id: "ClassificationResult" });
export type ClassificationResult = z.output<typeof classificationResult>;

/** The classes of a text. */
export const classificationResults = z.object({ results: z.array(classificationResult) }).meta({ id: "ClassificationResults" });
export type ClassificationResults = z.output<typeof classificationResults>;

/** Says to which classes a text belongs. The result is whole at once; the text may come in parts. */
export const textClassification = defineTask({
  name: "text-classification",
  input: textInput,
  output: { name: "results", whole: classificationResults },
  splitInput: splitText,
  joinInput: joinText(),
});

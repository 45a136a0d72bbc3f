/** What is to be seen in an image. */
import { z } from "zod";
import { media } from "./media.js";
import type { Finish, UsagePart, Warning } from "./part.js";

/** An image to look at. */
export const imageAnalysisRequest = z.strictObject({
  image: media,
  /** What to look for, beside what is always told; engines without a language model ignore it. */
  prompt: z.string().optional(),
  language: z.string().optional(),
});
export type ImageAnalysisRequest = z.output<typeof imageAnalysisRequest>;

const texts = z.array(z.string()).optional();

/** What was seen; a field is left out where the engine does not look for it. */
export const imageAnalysisSchema = z.object({
  description: z.string().optional(),
  captions: texts,
  people: texts,
  objects: texts,
  tags: texts,
  /** Texts that can be read in it. */
  textFragments: texts,
  atmosphere: z.string().optional(),
  setting: z.string().optional(),
  /** Where things are, in pixels from the upper left corner. */
  detections: z.array(z.object({ name: z.string(), confidence: z.number().optional(), x: z.number(), y: z.number(), width: z.number(), height: z.number() })).optional(),
});
export type ImageAnalysis = z.output<typeof imageAnalysisSchema>;

export interface AnalysisPart {
  readonly type: "analysis";
  readonly analysis: ImageAnalysis;
}

/** One piece of the answer to what is in an image. */
export type ImageAnalysisPart = AnalysisPart | Warning | UsagePart | Finish;

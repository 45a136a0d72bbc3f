/** Looking at an image with a language model that sees. */
import { flatMap, pipe, unary, type OutputStream } from "@iftk/core";
import { z } from "zod";
import type { ChatRequest } from "./chat.js";
import type { ImageAnalysis, ImageAnalysisPart, ImageAnalysisRequest } from "./image-analysis.js";
import type { Part } from "./part.js";
import { messagesToObject, type MessagesToObjectOptions } from "./structured/messages-to-object.js";
import type { ObjectPart } from "./structured/object-part.js";

/** What the model is asked for: every field, so that none is forgotten. */
const seen = z.strictObject({
  description: z.string().meta({ description: "What the image shows, in one or two sentences." }),
  people: z.array(z.string()).meta({ description: "Each person, in a few words; none without people." }),
  objects: z.array(z.string()).meta({ description: "The things that can be seen." }),
  textFragments: z.array(z.string()).meta({ description: "Each text that can be read, as it is written." }),
  atmosphere: z.string().meta({ description: "The mood of the image." }),
  setting: z.string().meta({ description: "Where and when it seems to be." }),
});
type Seen = z.output<typeof seen>;

const instruction = "Look at the image closely and tell only what it shows.";

export interface ImageAnalysisByChatOptions extends Pick<MessagesToObjectOptions<Seen>, "attempts" | "mode"> {
  /** What to look for where a request does not say. */
  readonly prompt?: string | undefined;
  /** The language of the answer where a request does not say. */
  readonly language?: string | undefined;
}

/**
 * The image analysis that asks a chat engine, by its structured output.
 *
 * Its stage throws what `messagesToObject` throws, and what the engine throws for a model that does not see.
 */
export function imageAnalysisByChat(chat: OutputStream<ChatRequest, Part>, { prompt: usualPrompt, language: usualLanguage, ...options }: ImageAnalysisByChatOptions = {}): OutputStream<ImageAnalysisRequest, ImageAnalysisPart> {
  const look = unary(function look({ image, prompt = usualPrompt, language = usualLanguage }: ImageAnalysisRequest): ChatRequest {
    const wishes = [instruction, prompt, language && `Answer in this language: ${language}.`].filter(Boolean).join("\n");
    return { messages: [{ role: "user", content: [{ type: "text", text: wishes }, { type: "image", image }] }] };
  });
  return pipe(look, messagesToObject({ ...options, chat, schema: seen, name: "image_analysis" }), flatMap(analysisOf));
}

/** Fields that say nothing are left out. */
function analysisOf(part: ObjectPart<Seen>): readonly ImageAnalysisPart[] {
  if (part.type === "object-partial") return [];
  if (part.type !== "object") return [part];
  const analysis: ImageAnalysis = Object.fromEntries(Object.entries(part.object).filter(([, value]) => value.length > 0));
  return [{ type: "analysis", analysis }];
}

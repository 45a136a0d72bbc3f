/** What a camera sees of whoever stands before it, told as one would tell it. */
import type { ImageAnalysis } from "@iftk/inference";

/** Tags and objects that say of a face no more than that it is one. */
export const tagsOfFaces: ReadonlySet<string> = new Set(["selfie", "human face", "jaw", "eyeball", "eyebrow", "forehead", "chin", "cheek", "clothing", "wearing", "wrinkle", "skin"]);

/** The caption with a capital at its beginning; who takes a selfie looks at me. */
export function interpretCaption(caption: string): string {
  const told = caption.replaceAll("taking a selfie", "looking at me");
  return told.charAt(0).toUpperCase() + told.slice(1);
}

/**
 * The analysis with its captions interpreted, without the ignored tags and objects, and with a description made of all that is left:
 * `A man looking at me. person, cup. EXIT`. For images of a camera that looks at its user; put it behind the stage by `map`.
 */
export function interpretAnalysis(analysis: ImageAnalysis, ignored: ReadonlySet<string> = tagsOfFaces): ImageAnalysis {
  const keep = (names: readonly string[]): string[] => names.filter((name) => !ignored.has(name.toLowerCase()));
  const captions = analysis.captions?.map(interpretCaption);
  const tags = analysis.tags && keep(analysis.tags);
  const objects = analysis.objects && keep(analysis.objects);
  const things = [...new Set([...(tags ?? []), ...(objects ?? [])].map((name) => name.toLowerCase()))].join(", ");
  const texts = (analysis.textFragments ?? []).join(" ");
  const description = [captions?.[0], things, texts].filter(Boolean).join(". ");
  return { ...analysis, ...(captions && { captions }), ...(tags && { tags }), ...(objects && { objects }), ...(description !== "" && { description }) };
}

/** What engines that make images, video and speech are asked. */
import { z } from "zod";
import { media } from "./media.js";

const pixels = z.int().min(16).max(16_384).optional();

/** An image to make, or to make of others. */
export const imageRequest = z.strictObject({
  prompt: z.string().min(1),
  /** What shall not be in it. */
  negativePrompt: z.string().optional(),
  /** Images to start from. */
  images: z.array(media).max(16).optional(),
  /** Where the first of the images may change. */
  mask: media.optional(),
  width: pixels,
  height: pixels,
  /** 1 without it. */
  count: z.int().min(1).max(16).optional(),
  seed: z.int().nonnegative().optional(),
  format: z.enum(["png", "jpeg", "webp"]).optional(),
  quality: z.enum(["low", "medium", "high"]).optional(),
  background: z.enum(["transparent", "opaque"]).optional(),
  /** Unfinished versions to give on the way. */
  previews: z.int().min(0).max(3).optional(),
});
export type ImageRequest = z.output<typeof imageRequest>;

/** A video to make of its first image. */
export const videoRequest = z.strictObject({
  image: media,
  prompt: z.string().min(1).optional(),
  /** Seconds. */
  duration: z.number().positive().max(600).optional(),
  /** Width to height, such as `16:9` or `1280:720`. */
  ratio: z.string().regex(/^\d{1,5}:\d{1,5}$/u, "expected two numbers such as 16:9").optional(),
  seed: z.int().nonnegative().optional(),
});
export type VideoRequest = z.output<typeof videoRequest>;

/** A text to speak. */
export const speechRequest = z.strictObject({
  text: z.string().min(1),
  voice: z.string().min(1).optional(),
  format: z.enum(["mp3", "opus", "aac", "flac", "wav", "pcm"]).optional(),
  /** 1 is the voice's own. */
  speed: z.number().min(0.25).max(4).optional(),
  /** How to speak, in words. */
  instructions: z.string().optional(),
});
export type SpeechRequest = z.output<typeof speechRequest>;

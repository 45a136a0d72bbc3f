/** Images, audio, video and files as they stand in messages and requests. */
import { z } from "zod";

const mediaType = z.string().regex(/^[\w.+-]+\/[\w.+-]+(?:;.*)?$/u, "expected a media type such as image/png");

/**
 * Bytes with their media type, or where they are. It never names a file of this machine, so a message that came over a wire cannot ask for one:
 * code that has a path reads it first.
 */
export const media = z.union([
  /** Bytes, or their base64. */
  z.strictObject({ data: z.union([z.instanceof(Uint8Array) as z.ZodType<Uint8Array>, z.string().min(1)]), mediaType }),
  /** An http, https or data URL; most providers fetch it themselves. */
  z.strictObject({ url: z.string().regex(/^(?:https?:\/\/|data:)/iu, "expected an http, https or data URL"), mediaType: mediaType.optional() }),
]);
export type Media = z.output<typeof media>;

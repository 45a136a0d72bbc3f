/** The replies of the Images API as parts. */
import type { Finish, MediaPart } from "@iftk/inference";
import { mediaTypeOf } from "@iftk/inference/media";
import type { SseEvent } from "@iftk/wire";
import { bytesOfBase64 } from "./base64.js";
import type { Connection } from "./client.js";
import { errorWithin, malformed, truncated } from "./failure.js";
import { isRecord, recordsOf, textIn, type JsonRecord } from "./record.js";
import type { PieceReader } from "./read-reply.js";
import { isTerminal, replyEvent } from "./reply-event.js";
import { usageOf } from "./usage.js";

const completed: readonly string[] = ["image_generation.completed", "image_edit.completed"];
const previews: readonly string[] = ["image_generation.partial_image", "image_edit.partial_image"];

/** What to do with an image that is told by its URL. */
export type FetchImage = (url: string) => Promise<{ readonly data: Uint8Array }>;

/** What is known of an image before its bytes. */
interface ImageFacts {
  readonly mediaType: string;
  readonly isPreview?: boolean;
  readonly revisedPrompt?: string;
}

/** Reads the images of one reply. */
export class ImageReader implements PieceReader<MediaPart> {
  readonly isLast = isTerminal(...completed);
  readonly #connection: Connection;
  readonly #format: string;
  readonly #fetchImage: FetchImage;
  #index = 0;
  #isOver = false;

  /** The format is that of images whose reply does not tell it. */
  constructor(connection: Connection, format: string, fetchImage: FetchImage) {
    this.#connection = connection;
    this.#format = format;
    this.#fetchImage = fetchImage;
  }

  take(event: SseEvent): readonly MediaPart[] {
    const { type = "", data = {} } = replyEvent(this.#connection, event) ?? {};
    const isPreview = previews.includes(type);
    if (!isPreview && !completed.includes(type)) return [];
    const image = this.#image(this.#bytesOf(data), { mediaType: this.#typeOf(data), ...(isPreview && { isPreview }) });
    if (isPreview) return image;
    this.#isOver = true;
    return [...image, finishOf(data, 1)];
  }

  async *takeWhole(value: unknown): AsyncGenerator<MediaPart, void, undefined> {
    const reply = isRecord(value) ? value : {};
    const error = errorWithin(this.#connection, reply);
    if (error) throw error;
    const images = recordsOf(reply["data"]);
    if (images.length === 0) throw malformed(this.#connection, "it has no image");
    const mediaType = reply["output_format"] ? this.#typeOf(reply) : undefined;
    for (const image of images) yield* await this.#wholeImage(image, mediaType);
    this.#isOver = true;
    yield finishOf(reply, images.length);
  }

  end(): readonly MediaPart[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }

  async #wholeImage(image: JsonRecord, told: string | undefined): Promise<readonly MediaPart[]> {
    const [url, revisedPrompt] = [textIn(image, "url"), textIn(image, "revised_prompt")];
    const isFetched = url !== undefined && !textIn(image, "b64_json");
    const bytes = isFetched ? (await this.#fetchImage(url)).data : this.#bytesOf(image);
    const mediaType = told ?? (await mediaTypeOf(bytes)) ?? this.#typeOf({});
    return this.#image(bytes, { mediaType, ...(revisedPrompt && { revisedPrompt }) });
  }

  #typeOf(event: JsonRecord): string {
    const format = textIn(event, "output_format") ?? this.#format;
    return `image/${format === "svg" ? "svg+xml" : format}`;
  }

  #bytesOf(image: JsonRecord): Uint8Array {
    const bytes = bytesOfBase64(textIn(image, "b64_json"));
    if (!bytes) throw malformed(this.#connection, "an image in it is no base64");
    return bytes;
  }

  #image(bytes: Uint8Array, facts: ImageFacts): MediaPart[] {
    const index = this.#index++;
    const parts: MediaPart[] = [{ type: "media-start", index, size: bytes.length, ...facts }];
    for (let at = 0; at < bytes.length; at += pieceSize) parts.push({ type: "media-delta", index, bytes: bytes.subarray(at, at + pieceSize) });
    parts.push({ type: "media-end", index });
    return parts;
  }
}

/** Bytes of one piece of an image. */
const pieceSize = 65_536;

function finishOf(reply: JsonRecord, images: number): Finish {
  const usage = usageOf(reply["usage"]);
  return { type: "finish", reason: { unified: "stop", raw: "" }, usage: usage ? { ...usage, images } : { inputTokens: 0, outputTokens: 0, images, estimated: true } };
}

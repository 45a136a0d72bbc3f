/** The replies of the Images API as parts. */
import { Buffer } from "node:buffer";
import type { Finish, MediaPart } from "@iftk/inference";
import { parseJson } from "@iftk/inference/http";
import type { SseEvent } from "@iftk/wire";
import type { Connection } from "./client.js";
import { errorWithin, malformed, refusal, truncated } from "./failure.js";
import { isRecord, recordsOf, textIn, type JsonRecord } from "./record.js";
import type { PieceReader } from "./read-reply.js";
import { usageOf } from "./usage.js";

const completed = /^image_(?:generation|edit)\.completed$/u;
/** The type of an event without a name, which is looked for outside of the image. */
const completedType = /"type"\s*:\s*"image_(?:generation|edit)\.completed"/u;

/** What to do with an image that is told by its URL. */
export type FetchImage = (url: string) => Promise<{ readonly data: Uint8Array; readonly mediaType: string }>;

/** What is known of an image before its bytes. */
interface ImageFacts {
  readonly mediaType: string;
  readonly isPreview?: boolean;
  readonly revisedPrompt?: string;
}

/** Reads the images of one reply. */
export class ImageReader implements PieceReader<MediaPart> {
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

  isLast({ type, data }: SseEvent): boolean {
    return completed.test(type) || data === "[DONE]" || (type === "message" && completedType.test(data));
  }

  take({ type: name, data }: SseEvent): readonly MediaPart[] {
    if (data === "" || data === "[DONE]") return [];
    const event = parseJson(this.#connection.provider, data);
    if (!isRecord(event)) return [];
    const type = textIn(event, "type") ?? name;
    if (type === "error" || event["error"]) throw refusal(this.#connection, event["error"] ?? event);
    const mediaType = this.#typeOf(event);
    if (type.endsWith(".partial_image")) return this.#image(this.#bytesOf(event), { mediaType, isPreview: true });
    if (!completed.test(type)) return [];
    const image = this.#image(this.#bytesOf(event), { mediaType });
    this.#isOver = true;
    return [...image, finishOf(event, 1)];
  }

  async *takeWhole(value: unknown): AsyncGenerator<MediaPart, void, undefined> {
    const reply = isRecord(value) ? value : {};
    const error = errorWithin(this.#connection, reply);
    if (error) throw error;
    const images = recordsOf(reply["data"]);
    if (images.length === 0) throw malformed(this.#connection, "it has no image");
    for (const image of images) yield* await this.#wholeImage(image, this.#typeOf(reply));
    this.#isOver = true;
    yield finishOf(reply, images.length);
  }

  end(): readonly MediaPart[] {
    if (!this.#isOver) throw truncated(this.#connection);
    return [];
  }

  async #wholeImage(image: JsonRecord, mediaType: string): Promise<readonly MediaPart[]> {
    const revisedPrompt = textIn(image, "revised_prompt");
    const facts = revisedPrompt ? { revisedPrompt } : {};
    const url = textIn(image, "url");
    if (textIn(image, "b64_json") || !url) return this.#image(this.#bytesOf(image), { mediaType, ...facts });
    const { data, mediaType: shown } = await this.#fetchImage(url);
    return this.#image(data, { mediaType: shown, ...facts });
  }

  #typeOf(event: JsonRecord): string {
    const format = textIn(event, "output_format") ?? this.#format;
    return `image/${format === "svg" ? "svg+xml" : format}`;
  }

  #bytesOf(image: JsonRecord): Uint8Array {
    const text = textIn(image, "b64_json") ?? "";
    const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
    const bytes = Buffer.from(text, "base64");
    // What is not base64 is passed over in decoding, and makes the result shorter.
    if (text === "" || bytes.length !== Math.floor(((text.length - padding) * 3) / 4)) throw malformed(this.#connection, "an image in it is no base64");
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

/** Texts as vectors. */
import { unary, type Unary } from "@iftk/core";
import { defined, type EmbeddingsOptions, type EmbeddingsReply, embeddingsRequest, type EmbeddingsRequest, parseRequest, readRequest } from "@iftk/inference";
import { bytesOfBase64 } from "./base64.js";
import type { Connection } from "./client.js";
import { malformed } from "./failure.js";
import { modelFields } from "./model-fields.js";
import { numberIn, recordsOf, type JsonRecord } from "./record.js";
import { recordOf, send } from "./send.js";
import { estimatedTokens, usageOf } from "./usage.js";

const embeddingsOptions = embeddingsRequest.omit({ texts: true }).partial().extend(modelFields("embeddings"));

/** More than 2048 vectors of 3072 numbers in decimals. */
const longestReply = 2 ** 28;

/**
 * The stage for a model of embeddings. OpenAI is asked for base64, a quarter of the size; both forms are read.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function embeddings(connection: Connection, options: EmbeddingsOptions): Unary<EmbeddingsRequest, EmbeddingsReply> {
  const defaults = parseRequest(embeddingsOptions, options, "options");
  const { model, raw } = defaults;
  return unary(async function embeddings(input: EmbeddingsRequest, { signal }): Promise<EmbeddingsReply> {
    const { texts, dimensions } = readRequest(embeddingsRequest, defaults, input);
    const body = { ...defined({ model, input: texts, dimensions, encoding_format: connection.isOwn ? "base64" : undefined }), ...raw };
    const response = await send(connection, signal, (sdk, how) => sdk.post("/embeddings", { body, ...how }));
    const reply = await recordOf(connection, response, signal, longestReply);
    const characters = texts.reduce((sum, { length }) => sum + length, 0);
    return {
      vectors: vectorsOf(connection, recordsOf(reply["data"]), texts.length),
      usage: usageOf(reply["usage"]) ?? { inputTokens: estimatedTokens(characters), outputTokens: 0, estimated: true },
    };
  });
}

/** The vectors in the order of their texts. */
function vectorsOf(connection: Connection, data: readonly JsonRecord[], count: number): readonly (readonly number[])[] {
  const vectors = Array.from<readonly number[] | undefined>({ length: count });
  data.forEach((entry, place) => (vectors[numberIn(entry, "index") ?? place] = vectorOf(entry["embedding"])));
  const whole = vectors.filter((vector) => vector !== undefined);
  if (data.length !== count || vectors.length !== count || whole.length !== count) throw malformed(connection, "it has not one vector for each text");
  return whole;
}

function vectorOf(value: unknown): readonly number[] | undefined {
  const isVector = Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === "number");
  return isVector ? value : typeof value === "string" ? floatsIn(value) : undefined;
}

/** 32-bit floats, the lowest byte first, in base64; undefined for a text that is none. */
function floatsIn(base64: string): readonly number[] | undefined {
  const bytes = bytesOfBase64(base64);
  if (!bytes || bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
}

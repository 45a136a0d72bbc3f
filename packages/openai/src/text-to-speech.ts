/** Text as speech, by the Speech API. */
import { from, fromBatches, outputStream, type OutputStream, pipe, ready, type Stream, sync, unary } from "@iftk/core";
import { defined, type MediaPart, parseRequest, readRequest, type SpeechOptions, speechRequest, type SpeechRequest } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { failureOf, truncated } from "./failure.js";
import { modelFields } from "./model-fields.js";
import { isDocument, readReply } from "./read-reply.js";
import { send } from "./send.js";
import { SpeechBytes, SpeechReader } from "./speech-parts.js";
import { estimatedTokens } from "./usage.js";

const speechOptions = speechRequest.omit({ text: true }).partial().extend(modelFields("speech"));

/** A voice that all of OpenAI's models have; the API insists on one. */
const defaultVoice = "alloy";

/**
 * The stage for a model that speaks. The sound is given as it comes. With `raw: { stream_format: "sse" }` it comes in events, which
 * models other than tts-1 have: then its usage is told rather than estimated.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function textToSpeech(connection: Connection, options: SpeechOptions): OutputStream<SpeechRequest, MediaPart> {
  const defaults = parseRequest(speechOptions, options, "options");
  const { model, raw } = defaults;
  const ask = unary(async function sendText({ text, voice = defaultVoice, format, speed, instructions }: SpeechRequest, { signal }): Promise<Response> {
    const body: OpenAI.Audio.SpeechCreateParams = { ...defined({ model, input: text, voice, response_format: format, speed, instructions }), ...raw };
    return send(connection, signal, (sdk, how) => sdk.audio.speech.create(body, how));
  });
  return outputStream(function textToSpeech(input: SpeechRequest, call): Stream<MediaPart> {
    const request = readRequest(speechRequest, defaults, input);
    const read = outputStream(function readSpeech(response: Response, { signal }): Stream<MediaPart> {
      return speechIn(connection, request, response, signal);
    });
    return pipe(ask, read)(request, call);
  });
}

const mediaTypes: Readonly<Record<NonNullable<SpeechRequest["format"]>, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

function speechIn(connection: Connection, { text, format = "mp3" }: SpeechRequest, response: Response, signal: AbortSignal): Stream<MediaPart> {
  const said = (response.headers.get("content-type") ?? "").trim();
  const facts = { mediaType: said.startsWith("audio/") ? said : mediaTypes[format], usage: { inputTokens: estimatedTokens(text.length), outputTokens: 0, estimated: true } };
  if (said.startsWith("text/event-stream") || isDocument(response)) return readReply(connection, new SpeechReader(connection, facts), response, { signal });
  if (!response.body) throw truncated(connection);
  return sync("parts", () => new SpeechBytes(connection, facts))(fromBatches(bytesIn(connection, response.body, signal)));
}

/** The bytes of a body in the batches in which they come, with what goes wrong in the words of this engine. */
async function* bytesIn(connection: Connection, body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  const reader = from(body)[ready]();
  let isOpen = true;
  try {
    for (let batch = await reader.read(); batch; batch = await reader.read()) yield batch;
    isOpen = false;
  } catch (error) {
    isOpen = false;
    throw failureOf(connection, error, signal);
  } finally {
    if (isOpen) await reader.close?.();
  }
}

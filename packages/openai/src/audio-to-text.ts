/** Speech as text, by the API of transcriptions. */
import { outputStream, type OutputStream, pipe, type Stream, unary } from "@iftk/core";
import { type AudioOptions, audioRequest, type AudioRequest, parseRequest, readRequest, type TranscriptPart } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { modelFields } from "./model-fields.js";
import { readReply } from "./read-reply.js";
import { send } from "./send.js";
import { TranscriptReader } from "./transcript-parts.js";
import { type TranscriptBody, transcriptBody } from "./transcript-request.js";
import { fileOf } from "./upload.js";
import { warned } from "./written-request.js";

const audioOptions = audioRequest.omit({ audio: true }).partial().extend(modelFields("transcriptions"));

/** OpenAI takes a tenth of this; other servers take more. */
const upload = { maxBytes: 2 ** 28 };

/**
 * The stage for a model of speech. Models that stream give the text as it is understood, whisper and its like give it whole.
 *
 * @throws StageError `invalid_argument` for options that are none.
 */
export function audioToText(connection: Connection, options: AudioOptions): OutputStream<AudioRequest, TranscriptPart> {
  const defaults = parseRequest(audioOptions, options, "options");
  const { model, raw } = defaults;
  return outputStream(function audioToText(input: AudioRequest, call): Stream<TranscriptPart> {
    const request = readRequest(audioRequest, defaults, input);
    const { body, warnings } = transcriptBody(request, model, connection);
    return warned(warnings, exchange(connection, request)({ ...body, ...raw }, call));
  });
}

function exchange(connection: Connection, { audio }: AudioRequest): OutputStream<TranscriptBody, TranscriptPart> {
  const ask = unary(async function sendAudio(body: TranscriptBody, { signal }): Promise<Response> {
    const file = await fileOf(audio, "audio", { signal, ...upload });
    return send(connection, signal, (sdk, how) => sdk.audio.transcriptions.create({ ...body, file } as OpenAI.Audio.TranscriptionCreateParams, how));
  });
  const read = outputStream(function readTranscript(response: Response, { signal }): Stream<TranscriptPart> {
    return readReply(connection, new TranscriptReader(connection), response, { signal });
  });
  return pipe(ask, read);
}

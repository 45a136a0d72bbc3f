/** Requests as the API of transcriptions takes them. */
import { defined, type AudioRequest } from "@iftk/inference";
import type { OpenAI } from "openai";
import type { Connection } from "./client.js";
import { unimplemented } from "./failure.js";
import { ignored, type WrittenRequest } from "./written-request.js";

/** The fields beside the audio, which is uploaded. */
export type TranscriptBody = Omit<OpenAI.Audio.TranscriptionCreateParams, "file">;

/**
 * The request in the fields of transcriptions. What streams is asked for as a stream: OpenAI's own models but whisper; and a model that
 * tells speakers is asked to tell them.
 *
 * @throws StageError `unimplemented`, reason `option`, for timestamps that the model does not give.
 */
export function transcriptBody(request: AudioRequest, model: string, server: Pick<Connection, "provider">): WrittenRequest<TranscriptBody> {
  const { language, prompt, timestamps, temperature } = request;
  const common = defined({ model, language: language?.split("-")[0], prompt, temperature });
  if (/diarize/iu.test(model)) {
    if (timestamps === "word") throw unimplemented(server, `${model} gives timestamps of segments, not of words; whisper-1 has both`);
    const { prompt: _, ...fields } = common;
    return { body: { ...fields, response_format: "diarized_json", chunking_strategy: "auto", stream: true }, warnings: ignored(request, ["prompt"], `the API of ${model}`) };
  }
  if (/transcribe/iu.test(model)) {
    if (timestamps) throw unimplemented(server, `${model} gives no timestamps; whisper-1 has them, and gpt-4o-transcribe-diarize those of segments`);
    return { body: { ...common, response_format: "json", stream: true }, warnings: [] };
  }
  const body: TranscriptBody = timestamps ? { ...common, response_format: "verbose_json", timestamp_granularities: [timestamps] } : { ...common, response_format: "json" };
  return { body, warnings: [] };
}

/** Speech as text. */
import { fromBatches, outputStream, type Call, type OutputStream } from "@iftk/core";
import { readRequest, audioRequest, type AudioOptions, type AudioRequest, type TranscriptPart } from "@iftk/inference";
import { unknownApi, type Client } from "./client.js";
import { inputUrl } from "./files.js";
import { audioNames } from "./input-names.js";
import { ModelInput } from "./model-input.js";
import type { ModelSchemas } from "./model-schema.js";
import { predict, usageOf, type Running } from "./prediction.js";
import { finishOf, textOf } from "./prediction-text.js";
import { transcriptOf } from "./transcript.js";

/** The stage for a model. The text streams where the model's does. */
export function audioToText(client: Client, schemas: ModelSchemas, options: AudioOptions): OutputStream<AudioRequest, TranscriptPart> {
  if (options.api !== undefined && options.api !== "predictions") throw unknownApi("audioToText", options.api, "predictions");
  return outputStream(function replicateAudioToText(input: AudioRequest, call) {
    return fromBatches(transcribe(client, schemas, options, readRequest(audioRequest, options, input), call));
  });
}

async function* transcribe(client: Client, schemas: ModelSchemas, { model, raw }: AudioOptions, request: AudioRequest, call: Call): AsyncGenerator<readonly TranscriptPart[], void, undefined> {
  const { audio, language, prompt, temperature, timestamps } = request;
  const input = new ModelInput(await schemas.of(model, call.signal));
  input.put("audio", audioNames, await inputUrl(client, audio, call.signal), "refuse");
  input.put("language", ["language", "language_code"], language);
  input.put("prompt", ["initial_prompt", "prompt"], prompt);
  input.put("temperature", ["temperature"], temperature);
  // Most models tell segments unasked; words have to be asked for, by a switch or by name.
  if (timestamps === "word") {
    const found = input.find(["word_timestamps", "align_output", "timestamp"]);
    input.put("timestamps", found ? [found.name] : [], found?.name === "timestamp" ? "word" : true);
  }
  if (input.warnings.length > 0) yield input.warnings;
  yield* predict(client, { model, input: input.with(raw) }, call, (running) => parts(client, running, request, call));
}

async function* parts(client: Client, running: Running, { timestamps }: AudioRequest, call: Call): AsyncGenerator<readonly TranscriptPart[], void, undefined> {
  if (running.prediction.urls?.stream && timestamps === undefined) {
    for await (const pieces of textOf(client, running, call)) yield pieces.map((piece) => (typeof piece === "string" ? { type: "text-delta", text: piece } : piece));
    return;
  }
  let last = running.prediction;
  for await (const state of running.states()) last = state;
  yield [...transcriptOf(last.output, timestamps), finishOf(last, usageOf(last))];
}

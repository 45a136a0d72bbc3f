/** Speech as text. */
import { outputStream, type Call, type OutputStream, type Stream } from "@iftk/core";
import { readRequest, audioRequest, type AudioOptions, type AudioRequest, type TranscriptPart } from "@iftk/inference";
import { bytesOf } from "@iftk/inference/media";
import { provider, routeOf, unknownApi, withRaw, type Client } from "./client.js";
import { failureIn, unexpected } from "./failure.js";
import { withSdk } from "./inference-client.js";

const maxBytes = 256 * 2 ** 20;

/** The stage for a model. The providers give a transcript whole, not as it grows. */
export function audioToText(client: Client, options: AudioOptions): OutputStream<AudioRequest, TranscriptPart> {
  if (options.api !== undefined && options.api !== "automatic-speech-recognition") throw unknownApi("audioToText", options.api, ["automatic-speech-recognition"]);
  return outputStream(function huggingfaceAudioToText(input: AudioRequest, call) {
    return transcribe(client, options, readRequest(audioRequest, options, input), call);
  });
}

async function* transcribe(client: Client, { raw, ...options }: AudioOptions, request: AudioRequest, { signal }: Call): Stream<TranscriptPart> {
  const route = routeOf(client, options);
  const { bytes, mediaType } = await bytesOf(request.audio, { signal, maxBytes });
  if (request.prompt !== undefined) yield { type: "warning", message: `${provider}: prompt is left out: speech recognition has no such parameter` };
  const asked = withRaw(parametersOf(request), raw);
  if ("url" in route) {
    // Bare audio has no place for parameters.
    const sending = Object.keys(asked).length > 0 ? { body: JSON.stringify({ inputs: Buffer.from(bytes).toString("base64"), ...asked }) } : { body: bytes, contentType: mediaType };
    yield* partsOf(await (await client.send({ url: route.url, ...sending, accept: "application/json", signal })).json(), request, client.secrets());
    return;
  }
  const inputs = new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType });
  yield* partsOf(await withSdk(client, route, signal, (sdk, of, how) => sdk.automaticSpeechRecognition({ ...asked, inputs, ...of }, how)), request, client.secrets());
}

function parametersOf({ language, temperature, timestamps }: AudioRequest): { readonly parameters?: Readonly<Record<string, unknown>> } {
  const generation = { ...(language !== undefined && { language }), ...(temperature !== undefined && { temperature }) };
  const parameters = {
    ...(timestamps && { return_timestamps: timestamps === "word" ? "word" : true }),
    ...(Object.keys(generation).length > 0 && { generation_parameters: generation }),
  };
  return Object.keys(parameters).length > 0 ? { parameters } : {};
}

interface Chunk {
  readonly text?: unknown;
  /** In seconds; the last may have no end. */
  readonly timestamp?: readonly (number | null)[] | null;
}

function* partsOf(reply: unknown, { timestamps }: AudioRequest, secrets: readonly string[]): Generator<TranscriptPart, void, undefined> {
  const failure = failureIn(reply, secrets);
  if (failure) throw failure;
  const { text, chunks } = (reply ?? {}) as { readonly text?: unknown; readonly chunks?: unknown };
  if (typeof text !== "string") throw unexpected("a transcript");
  yield { type: "text-delta", text };
  if (timestamps && Array.isArray(chunks)) {
    for (const { text: said, timestamp } of chunks as readonly Chunk[]) {
      const [start, end] = timestamp ?? [];
      if (typeof said === "string" && typeof start === "number") yield { type: timestamps, text: said, start, end: end ?? start };
    }
  }
  yield { type: "finish", reason: { unified: "stop", raw: "" }, usage: { inputTokens: 0, outputTokens: 0, estimated: true } };
}

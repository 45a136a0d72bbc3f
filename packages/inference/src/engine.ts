/** What an engine is: the stages over one vendor's models. */
import type { OutputStream, Unary } from "@iftk/core";
import type { ChatRequest } from "./chat.js";
import type { EmbeddingsReply, EmbeddingsRequest } from "./embeddings-request.js";
import type { ImageAnalysisPart, ImageAnalysisRequest } from "./image-analysis.js";
import type { MediaPart } from "./media-part.js";
import type { ImageRequest, SpeechRequest, VideoRequest } from "./media-requests.js";
import type { Part } from "./part.js";
import type { AudioRequest, TranscriptPart } from "./transcript.js";

/** Which model answers. */
export interface ModelOptions {
  /** The provider's own name of the model. */
  readonly model: string;
  /** Which of the provider's APIs is spoken, where it has several; the engine's documentation lists them. */
  readonly api?: string | undefined;
  /** Fields of the provider's own request, written over what the engine writes. They come from code and configuration, never from a request. */
  readonly raw?: Readonly<Record<string, unknown>> | undefined;
}

/** A model, with what holds for requests that do not say otherwise. */
type Defaults<Request, Input extends keyof Request> = ModelOptions & { readonly [Name in Exclude<keyof Request, Input>]?: Request[Name] | undefined };

export type ChatOptions = Defaults<ChatRequest, "messages">;
export type ImageOptions = Defaults<ImageRequest, "prompt" | "images" | "mask">;
export type VideoOptions = Defaults<VideoRequest, "prompt" | "image">;
export type SpeechOptions = Defaults<SpeechRequest, "text">;
export type AudioOptions = Defaults<AudioRequest, "audio">;
export type ImageAnalysisOptions = Defaults<ImageAnalysisRequest, "image">;
export type EmbeddingsOptions = Defaults<EmbeddingsRequest, "texts">;

/** The stages of each kind that engines give, by the name of the capability. */
export interface EngineStages {
  readonly chat: (options: ChatOptions) => OutputStream<ChatRequest, Part>;
  readonly textToImage: (options: ImageOptions) => OutputStream<ImageRequest, MediaPart>;
  readonly imageAndTextToVideo: (options: VideoOptions) => OutputStream<VideoRequest, MediaPart>;
  readonly imageAnalysis: (options: ImageAnalysisOptions) => OutputStream<ImageAnalysisRequest, ImageAnalysisPart>;
  readonly audioToText: (options: AudioOptions) => OutputStream<AudioRequest, TranscriptPart>;
  readonly textToSpeech: (options: SpeechOptions) => OutputStream<SpeechRequest, MediaPart>;
  readonly embeddings: (options: EmbeddingsOptions) => Unary<EmbeddingsRequest, EmbeddingsReply>;
}

/** What engines can do. */
export type EngineCapability = keyof EngineStages;

/** One vendor's models as stages; it has those capabilities that the vendor has. */
export interface Engine extends Partial<EngineStages> {
  /** The vendor's name, by which model configurations call it. */
  readonly provider: string;
}

export { addUsage } from "./add-usage.js";
export { batches } from "./batches.js";
export { chatRequest, jsonSchema, reasoningOptions, responseFormat, tool, toolChoice } from "./chat.js";
export type { ChatRequest, JsonSchema, ReasoningOptions, ResponseFormat, Tool, ToolChoice } from "./chat.js";
export { checkFinish } from "./check-finish.js";
export { defined } from "./defined.js";
export { embeddingsRequest } from "./embeddings-request.js";
export type { EmbeddingsReply, EmbeddingsRequest } from "./embeddings-request.js";
export type {
  AudioOptions,
  ChatOptions,
  EmbeddingsOptions,
  Engine,
  EngineCapability,
  EngineStages,
  ImageAnalysisOptions,
  ImageOptions,
  ModelOptions,
  SpeechOptions,
  VideoOptions,
} from "./engine.js";
export { imageAnalysisByChat } from "./image-analysis-by-chat.js";
export type { ImageAnalysisByChatOptions } from "./image-analysis-by-chat.js";
export { imageAnalysisInParallel } from "./image-analysis-in-parallel.js";
export type { ImageAnalysisInParallelOptions } from "./image-analysis-in-parallel.js";
export { imageAnalysisRequest, imageAnalysisSchema } from "./image-analysis.js";
export type { AnalysisPart, ImageAnalysis, ImageAnalysisPart, ImageAnalysisRequest } from "./image-analysis.js";
export { isContent } from "./is-content.js";
export { keyOf, variableOf } from "./keys.js";
export type { KeyOptions, Keys } from "./keys.js";
export { media } from "./media.js";
export type { Media } from "./media.js";
export { mediaReply } from "./media-part.js";
export type { GeneratedMedia, MediaDelta, MediaEnd, MediaPart, MediaReply, MediaStart, Progress } from "./media-part.js";
export { imageRequest, speechRequest, videoRequest } from "./media-requests.js";
export type { ImageRequest, SpeechRequest, VideoRequest } from "./media-requests.js";
export { message, role } from "./message.js";
export { contentOf, textOf } from "./message-content.js";
export type {
  AssistantContent,
  AssistantMessage,
  AssistantTextContent,
  AudioContent,
  FileContent,
  ImageContent,
  Message,
  ReasoningContent,
  Role,
  SystemMessage,
  TextContent,
  TextPhase,
  ToolCallContent,
  ToolContent,
  ToolMessage,
  UserContent,
  UserMessage,
} from "./message.js";
export { invalidArgument, parseChatRequest, parseRequest } from "./parse-request.js";
export type {
  ChoiceFinish,
  Finish,
  FinishReason,
  Part,
  Reasoning,
  ReasoningDelta,
  RefusalDelta,
  RevisablePart,
  Source,
  TextDelta,
  TokenLogprob,
  ToolCall,
  ToolCallDelta,
  ToolCallInvalid,
  ToolCallStart,
  Usage,
  UsagePart,
  Warning,
} from "./part.js";
export { readRequest } from "./read-request.js";
export { reply, text } from "./text.js";
export type { Reply } from "./text.js";
export { audioRequest } from "./transcript.js";
export type { AudioRequest, TranscriptPart, TranscriptSegment, TranscriptWord } from "./transcript.js";

export { codeOfHttpStatus, fromErrorFields, httpStatus, toErrorFields } from "./error-frame.js";
export type { ErrorFields } from "./error-frame.js";
export type { EndFrame, ErrorFrame, Frame, ValueFrame } from "./frame.js";
export { frameReader, readFrames } from "./read-frames.js";
export type { FrameReader } from "./read-frames.js";
export { sseReader } from "./sse-reader.js";
export type { SseEvent, SseReader, SseReaderOptions } from "./sse-reader.js";
export { appendValueFrame, encodeFrame, encodeValue, heartbeat } from "./sse-writer.js";

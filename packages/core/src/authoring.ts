/** What packages of stages are written with: `@iftk/core/authoring`. */
export { lateStream } from "./late-stream.js";
export { macrotask } from "./macrotask.js";
export { pause } from "./interceptors/pause.js";
export { isBatch, readerOf } from "./ready-reader.js";
export { requireNumber } from "./require-number.js";

export type { Backend, BackendStatistics, ForwardOptions, Sequence, SpecialTokens } from "./backend.js";
export { generate } from "./generate.js";
export type { GenerateOptions, GenerationEnd } from "./generate.js";
export { randomSource } from "./random.js";
export type { RandomSource } from "./random.js";
export { greedy, topP } from "./sampler.js";
export type { Sampler, TopPOptions } from "./sampler.js";
export { StopScanner } from "./stop-strings.js";
export { IncrementalTextDecoder } from "./text-decoder.js";

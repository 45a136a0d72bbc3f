export { genAiTelemetry } from "./gen-ai-telemetry.js";
export type { GenAiTelemetryOptions, TelemetryOptions } from "./gen-ai-telemetry.js";
export { observedEngine } from "./observed-engine.js";
export type { ObservedEngineOptions } from "./observed-engine.js";

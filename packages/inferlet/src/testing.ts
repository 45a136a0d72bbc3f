/** For tests of what stands on a backend, and of backends. */
export { churn } from "./churn.js";
export type { Churned, ChurnOptions } from "./churn.js";
export { backendConformance, tryBackend } from "./conformance/backend-conformance.js";
export type { ConformanceOptions, ConformanceResult } from "./conformance/backend-conformance.js";
export type { BackendSubject } from "./conformance/backend-trial.js";
export { inWholeFloats } from "./conformance/in-whole-floats.js";
export { sampleAdapter } from "./conformance/sample-adapter.js";
export { sampleModel } from "./conformance/sample-model.js";
export type { SampleModelOptions } from "./conformance/sample-model.js";
export { ScriptedBackend } from "./scripted-backend.js";
export type { ScriptedBackendOptions } from "./scripted-backend.js";

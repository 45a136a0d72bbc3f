export { factsOf } from "./backend-call.js";
export type { BackendFacts, BackendVocabulary } from "./backend-call.js";
export { backendOverPort } from "./backend-over-port.js";
export type { BackendPort } from "./backend-port.js";
export { DerivedBackend } from "./derived-backend.js";
export { errorOf, failureOf } from "./failure.js";
export type { Failure } from "./failure.js";
export { serveBackend } from "./serve-backend.js";
export type { ServedBackend } from "./serve-backend.js";

/** For tests of what stands on a backend. */
export { ScriptedBackend } from "./scripted-backend.js";
export type { ScriptedBackendOptions } from "./scripted-backend.js";

export { batched } from "./batched.js";
export type { Batched, BatchOptions } from "./batched.js";
export type { ModelLoader } from "./model-loader.js";
export type { LoadOptions, ModelEntry, ModelManager, ModelManagerOptions, ModelSource } from "./model-management.js";
export { modelManager } from "./model-manager.js";

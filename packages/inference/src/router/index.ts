export { defaultModels } from "./default-models.js";
export { inferenceModel, modelConfig } from "./model-config.js";
export type { InferenceModel, ModelConfig } from "./model-config.js";
export { modelRouter } from "./model-router.js";
export type { ModelChoice, ModelRouter, ModelRouterOptions, TextToTextOptions } from "./model-router.js";
export { modelTable } from "./model-table.js";
export type { ModelTable, ModelUse } from "./model-table.js";

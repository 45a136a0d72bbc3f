export { azureOpenai } from "./azure-openai.js";
export type { AzureOpenaiOptions } from "./azure-openai.js";
export type { AzureOptions } from "./client.js";
export { azure } from "./engine.js";
export type { AzureEngine } from "./engine.js";
export { interpretAnalysis, interpretCaption, tagsOfFaces } from "./interpretation.js";

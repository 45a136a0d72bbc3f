export { openReference } from "./open-reference.js";
export type { ReferenceOptions } from "./open-reference.js";

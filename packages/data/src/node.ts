export { fileBytes } from "./file-bytes.js";
export { fromFile } from "./from-file.js";
export type { FileOptions } from "./from-file.js";
export { fromFolder } from "./from-folder.js";
export type { FolderOptions } from "./from-folder.js";

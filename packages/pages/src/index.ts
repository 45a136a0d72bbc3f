export { runProgram } from "./run-program.js";
export type { Place, Program } from "./run-program.js";
export { staticFiles, strictHeaders } from "./static-files.js";
export type { StaticFilesOptions } from "./static-files.js";

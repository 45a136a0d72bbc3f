/** Grammars that generated text is held to. */
export { Grammar } from "./grammar.js";
export type { EbnfOptions, JsonOptions, JsonSchemaOptions } from "./grammar.js";
export type { Whitespace } from "./json-text.js";
export { Matcher } from "./matcher.js";
export { TokenTable } from "./token-table.js";
export type { TokenSource } from "./token-table.js";

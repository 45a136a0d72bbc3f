/** How what comes in is read. */
export const inputForms = ["text", "lines", "jsonl", "bytes"] as const;
export type InputForm = (typeof inputForms)[number];

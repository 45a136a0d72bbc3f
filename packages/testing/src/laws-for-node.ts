/** The laws as tests of node:test. */
import { stageLawsWith, taskLawsWith } from "./declare-laws.js";

// Not an import: bundlers drop the prefix of `node:test`, and without it there is no such module.
const { describe, test } = process.getBuiltinModule("node:test");

const runner = { describe, test: (name: string, run: () => Promise<void>) => test(name, run) };

/** Declares tests of node:test that pass when the stage, or the run of any library, keeps the laws. */
export const stageLaws = stageLawsWith(runner);

/** Declares tests of node:test that pass when joining what a task split gives the whole back, however it was chunked. */
export const taskLaws = taskLawsWith(runner);

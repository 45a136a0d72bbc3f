/** The laws as tests of node:test. */
import { stageLawsWith, taskLawsWith } from "./declare-laws.js";

// Not an import: bundlers drop the prefix of `node:test`, and without it there is no such module.
const { describe, test } = process.getBuiltinModule("node:test");

const runner = { describe, test: (name: string, run: () => Promise<void>) => test(name, run) };

/** Declares tests of node:test that pass when the stage, or the run of any library, keeps the laws. */
export const stageLaws = stageLawsWith(runner);

/** Declares tests of node:test that pass when a task loses nothing, however its input was cut, and each flavour of an implementation serves each other. */
export const taskLaws = taskLawsWith(runner);

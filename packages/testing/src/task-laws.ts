/** The laws of tasks as tests of vitest. */
import { describe, test } from "vitest";
import { taskLawsWith } from "./declare-laws.js";

/** Declares tests of vitest that pass when a task loses nothing, however its input was cut, and each flavour of an implementation serves each other. */
export const taskLaws = taskLawsWith({ describe, test });

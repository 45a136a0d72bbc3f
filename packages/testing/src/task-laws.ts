/** The laws of tasks as tests of vitest. */
import { describe, test } from "vitest";
import { taskLawsWith } from "./declare-laws.js";

/** Declares tests of vitest that pass when joining what a task split gives the whole back, however it was chunked. */
export const taskLaws = taskLawsWith({ describe, test });

/** The laws as tests of vitest. */
import { describe, test } from "vitest";
import { stageLawsWith } from "./declare-laws.js";

/** Declares tests of vitest that pass when the stage, or the run of any library, keeps the laws. */
export const stageLaws = stageLawsWith({ describe, test });

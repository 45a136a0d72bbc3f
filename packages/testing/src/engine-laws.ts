/** How engines fail, as tests of vitest. */
import { describe, test } from "vitest";
import { engineLawsWith } from "./providers/engine-laws.js";

/** Declares tests of vitest that pass when the stage of an engine fails as it should: cut and mangled replies, refusals, callers that leave. */
export const engineLaws = engineLawsWith({ describe, test });

/** What messages of a response are to the reply. */
import type { TextPhase } from "@iftk/inference";
import { textIn, type JsonRecord } from "./record.js";

/** The API's words for phases. */
export const wordOfPhase = { commentary: "commentary", answer: "final_answer" } as const satisfies Record<TextPhase, string>;

const phases: ReadonlyMap<string | undefined, TextPhase> = new Map([
  [wordOfPhase.commentary, "commentary"],
  [wordOfPhase.answer, "answer"],
]);

/** The phase of a message; undefined where it tells none, or one that is not known. */
export const phaseOf = (item: JsonRecord): TextPhase | undefined => phases.get(textIn(item, "phase"));

/** The flavours of a task that an implementation of another flavour serves. */
import type { StandardSchema } from "@iftk/core";
import { defineTask, implement } from "@iftk/core/task";
import { hang, type LawSubject } from "@iftk/testing/neutral";
import { join, letters, shout } from "./words.js";

/** Takes any text, as a schema of any library would. */
const text: StandardSchema<unknown, string> = { "~standard": { version: 1, vendor: "iftk", validate: (value) => ({ value: String(value) }) } };

const shouting = defineTask({ name: "shouting", input: { whole: text, part: text }, output: { whole: text, part: text }, splitInput: letters, joinInput: join, splitOutput: letters, joinOutput: join });

const byUnary = implement(shouting, { unary: shout });
const byBidi = implement(shouting, {
  bidi: async function* shout(parts) {
    for await (const part of parts) yield part.toUpperCase();
  },
});
const deaf = implement(shouting, { outputStream: () => hang() });

export const subjectsOfTasks: Readonly<Record<string, LawSubject>> = {
  "a unary flavour by bidi": { stage: () => byBidi.unary, input: ["ab"], output: ["AB"], hanging: () => deaf.unary },
  "an output stream by bidi": { stage: () => byBidi.outputStream, input: ["ab"], output: ["A", "B"], hanging: () => deaf.outputStream },
  "an output stream by unary": { stage: () => byUnary.outputStream, input: ["ab"], output: ["A", "B"], hanging: () => deaf.outputStream },
  "an input stream by bidi": { stage: () => byBidi.inputStream, input: ["a", "b"], output: ["AB"] },
  "bidi by unary": { stage: () => byUnary.bidi, input: ["a", "b"], output: ["A", "B"] },
};

import { map } from "@iftk/core";
import { stageLaws, tryLaws, type RunSubject } from "./index.js";

// The inputs give the type of the source, so that operators of other libraries fit without a cast.
stageLaws("a run", { input: [1, 2], run: (source, signal) => map((n: number) => n + 1)(source, signal ? { signal } : {}) });
void tryLaws({ input: ["a"], run: (source) => map((word: string) => word.length)(source), takesSignal: false, without: ["order"] });
stageLaws("a stage", { stage: () => map((n: number) => n + 1), input: [1] });

// @ts-expect-error the run takes texts and the inputs are numbers
const wrong: RunSubject<number> = { input: [1], run: (source: AsyncIterable<string>) => source };
void wrong;
// @ts-expect-error there is no such law
void tryLaws({ input: ["a"], run: (source) => source, without: ["fast"] });

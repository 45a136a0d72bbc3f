import { stageLaws } from "@iftk/testing";
import { voice } from "./audio.js";
import { recognize, speak, think } from "./fakes.js";

stageLaws("recognize", { stage: () => recognize, input: [voice("a")], output: ["a"] });
stageLaws("think", { stage: () => think({ hello: "Good day to you" }), input: ["hello"], output: ["Good ", "day t", "o you"] });
stageLaws("think of something unknown", { stage: () => think({}), input: ["toString"], output: ["I do ", "not k", "now a", "bout ", "toStr", "ing."] });
stageLaws("speak", { stage: () => speak, input: ["ab"], output: voice("ab") });

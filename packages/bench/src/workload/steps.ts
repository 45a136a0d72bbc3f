/** The pipelines that are measured, as data that each implementation turns into its own operators. */
import { advance, isWord, pieces, translated, translatedLater, unspaced, weigh } from "./tokens.js";

/** One stage of a pipeline over small strings. */
export type Step =
  | { readonly kind: "map"; readonly map: (token: string) => string }
  | { readonly kind: "filter"; readonly keep: (token: string) => boolean }
  | { readonly kind: "scan"; readonly step: (state: string, token: string) => string; readonly seed: string }
  | { readonly kind: "flatMap"; readonly split: (token: string) => readonly string[] }
  | { readonly kind: "later"; readonly map: (token: string) => Promise<string> };

/** How many stages; `5a` is five of which one is asynchronous. */
export type Shape = 1 | 2 | 5 | 10 | "5a";

export const shapes: readonly Shape[] = [1, 2, 5, 10, "5a"];

/** The word that the running state begins with. */
export const seed = "a";

const unspace: Step = { kind: "map", map: unspaced };
const onlyWords: Step = { kind: "filter", keep: isWord };
const run: Step = { kind: "scan", step: advance, seed };
const split: Step = { kind: "flatMap", split: pieces };
const translate: Step = { kind: "map", map: translated };
const translateLater: Step = { kind: "later", map: translatedLater };
const five = [unspace, onlyWords, run, split, translate];

/** The stages of each pipeline, in their order. */
export const stepsOf: Readonly<Record<Shape, readonly Step[]>> = {
  1: [unspace],
  2: [unspace, onlyWords],
  5: five,
  10: [...five, ...five],
  "5a": [unspace, onlyWords, translateLater, run, split],
};

/** The sum that a pipeline must give, found stage by stage over whole arrays. */
export async function expectedSum(tokens: readonly string[], shape: Shape): Promise<number> {
  let values = tokens;
  for (const step of stepsOf[shape]) {
    if (step.kind === "map") values = values.map(step.map);
    else if (step.kind === "filter") values = values.filter(step.keep);
    else if (step.kind === "flatMap") values = values.flatMap(step.split);
    else if (step.kind === "later") values = await Promise.all(values.map(step.map));
    else {
      let state = step.seed;
      values = values.map((token) => (state = step.step(state, token)));
    }
  }
  return values.reduce((sum, token) => sum + weigh(token), 0);
}

/** A tree of thoughts, searched in breadth: Tree of Thoughts (Yao et al. 2023). What branches have in common is computed once. */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

const [depth, branches, kept] = [6, 6, 3];

export const treeOfThought: Example = {
  about: `Tells a story sentence by sentence: each of the ${kept} best so far goes on in ${branches} ways, and those with most of the words are the best.`,
  input: { name: "words", value: "robot, key, storm, soup" },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      const words = input.split(",").map((word) => word.trim());
      using root = new Context(model).user(`Tell me a story about ${words.map((word) => `a ${word}`).join(" and ")}.`).cue();
      const { length } = root;
      const storyOf = ({ tokens }: Context): string => model.tokenizer.decode(tokens.slice(length));
      const valueOf = (thought: Context): number => words.filter((word) => storyOf(thought).includes(word)).length;

      const forwarded = model.statistics.forwardedTokens;
      let [nodes, recomputed] = [0, 0];
      let best: readonly Context[] = [root];
      await root.flush();
      for (let level = 0; level < depth; level++) {
        const thoughts = await Promise.all(best.flatMap((thought) => Array.from({ length: branches }, () => goOn(thought.fork(), nodes++))));
        recomputed += thoughts.reduce((sum, thought) => sum + thought.length, 0);
        thoughts.sort((one, other) => valueOf(other) - valueOf(one));
        // Who is released takes nothing from those that were forked of it.
        for (const thought of [...best, ...thoughts.slice(kept)]) thought.release();
        best = thoughts.slice(0, kept);
      }

      /** A thought is a sentence. */
      async function goOn(thought: Context, seed: number): Promise<Context> {
        await thought.generateText(Sampler.topP(0.9), { seed, stop: [".", "!", "?"], maxTokens: 40 });
        return thought;
      }

      const story = best[0] as Context;
      await session.send(`${storyOf(story)}\n`);
      return { words: valueOf(story), nodes, forwarded: model.statistics.forwardedTokens - forwarded, recomputed };
    }),
};

await runInferlet(import.meta.url, treeOfThought);

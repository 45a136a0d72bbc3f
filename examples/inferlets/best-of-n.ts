/** Several answers, written at once, and of these the best. */
import { bestOf, Context, Model, perplexity, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

const n = 8;

export const bestOfN: Example = {
  about: `Writes ${n} stories at once, and sends the one that has most of the nouns in it.`,
  input: { name: "nouns", value: "fox, lamp, lighthouse, soup" },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      const nouns = input.split(",").map((noun) => noun.trim());
      const textOf = (tokens: ArrayLike<number>): string => model.tokenizer.decode(tokens);

      using context = new Context(model).user(`Tell me a story about ${nouns.map((noun) => `a ${noun}`).join(" and ")}.`).cue();
      const stories = await bestOf(model.backend, context.tokens, {
        n,
        sampler: Sampler.topP(1),
        seed: 1,
        maxTokens: 200,
        // The second term is at most 1: of stories with as many nouns, the one that the model finds likelier is better.
        score: ({ tokens, logprobs }) => nouns.filter((noun) => textOf(tokens).includes(noun)).length + 1 / perplexity(logprobs),
      });

      const [best] = stories;
      if (best !== undefined) await session.send(`${textOf(best.tokens)}\n`);
      return { scores: stories.map(({ score }) => score), lengths: stories.map(({ tokens }) => tokens.length), prompt: context.length };
    }),
};

await runInferlet(import.meta.url, bestOfN);

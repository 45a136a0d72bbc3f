/** Several tokens with a pass, without a second model: each pass corrects what the one before it guessed. */
import { Context, jacobi, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

export const jacobiDecoding: Example = {
  about: "Writes what greedy generation would write in fewer passes, and draws a line where each of them ended.",
  input: { name: "text", value: "What is 47 plus 85?" },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model).system("Think step by step.").user(input).cue();
      using plain = context.fork();
      const settled: number[] = [];
      const tokens = await context
        .generate(Sampler.greedy(), {
          maxTokens: 128,
          speculator: jacobi({ window: 4 }),
          // A pass gives the guesses that were right, and the token that comes after them.
          onSpeculation: ({ accepted }) => settled.push(accepted + 1),
        })
        .tokens();

      let end = 0;
      const steps = settled.map((count) => model.tokenizer.decode(tokens.slice(end, (end += count))));
      await session.send(`${steps.join("|")}\n`);

      const greedy = await plain.generate(Sampler.greedy(), { maxTokens: 128 }).tokens();
      return { isGreedy: String(tokens) === String(greedy), tokens: tokens.length, passes: settled.length };
    }),
};

await runInferlet(import.meta.url, jacobiDecoding);

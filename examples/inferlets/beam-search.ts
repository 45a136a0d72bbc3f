/** The likeliest beginnings of an answer, found in breadth; each then goes on in a context of its own. */
import { beamSearch, Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

export const beamSearchExample: Example = {
  about: "Finds the likeliest beginnings of an answer, writes all of them to their end, and tells how likely the greedy beginning is.",
  input: { name: "text", value: "Tell me a story about a fox and a lamp." },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model).user(input).cue();
      await context.flush();
      const beams = await beamSearch(model.backend, context.tokens, { width: 6, maxTokens: 16 });

      // The forks share the question, which is computed once, and are written in the same passes.
      const answers = await Promise.all(
        beams.map(async ({ tokens }) => {
          using fork = context.fork().fillTokens(tokens);
          return model.tokenizer.decode(tokens) + (await fork.generateText(Sampler.greedy(), { maxTokens: 200 }));
        }),
      );
      for (const [rank, text] of answers.entries()) await session.send(`${rank + 1}. ${text}\n\n`);

      // A single beam takes the likeliest token each time, which is greedy generation.
      const [greedy] = await beamSearch(model.backend, context.tokens, { width: 1, maxTokens: 16 });
      return { greedy: greedy?.logprob, beams: beams.map(({ logprob }) => logprob) };
    }),
};

await runInferlet(import.meta.url, beamSearchExample);

/** Several tokens with a pass: something cheap guesses them, and the model checks all of them at once. */
import { Context, draftModel, Model, promptLookup, Sampler, session, type Speculator } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

export const speculativeDecoding: Example = {
  about: "Writes an answer without guesses, with those out of its text and with those of a model, and counts the passes.",
  input: { name: "text", value: "Extract the entities from: Ana met Leo in Paris on Monday." },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model).user(input).cue();

      async function write(speculator?: Speculator) {
        using fork = context.fork();
        let [passes, accepted] = [0, 0];
        const generation = fork.generate(Sampler.greedy(), {
          maxTokens: 200,
          speculator,
          onSpeculation(report) {
            passes++;
            accepted += report.accepted;
          },
        });
        return { tokens: await generation.tokens(), passes, accepted };
      }

      const greedy = await write();
      await session.send(`${model.tokenizer.decode(greedy.tokens)}\n`);

      // A smaller model with the same vocabulary belongs here. This one guesses right each time, so it saves passes, but no work.
      using drafts = draftModel(model.backend);
      const guesses = { "prompt lookup": promptLookup(), "draft model": drafts };
      const runs = [];
      for (const [name, speculator] of Object.entries(guesses)) {
        const { tokens, passes, accepted } = await write(speculator);
        runs.push({ name, isGreedy: String(tokens) === String(greedy.tokens), passes, accepted });
      }
      return { tokens: greedy.tokens.length, runs };
    }),
};

await runInferlet(import.meta.url, speculativeDecoding);

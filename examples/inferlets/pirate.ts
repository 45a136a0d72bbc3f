/** One set of weights, two voices: LoRA: Low-Rank Adaptation of Large Language Models (Hu et al. 2021), applied by the passes that name it. */
import { Adapter, type AppliedAdapter, Context, Model, Sampler } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { pirateAdapterPath } from "@iftk/tiny-model";
import { type Example, runInferlet } from "./run-inferlet.js";

export const pirate: Example = {
  about: "Asks the same without an adapter, with one, both ways at once, and without it again. The adapter is for the embedded model.",
  input: { name: "text", value: "What is your name?" },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using adapter = await Adapter.load(model, { path: pirateAdapterPath });

      async function answer(...adapters: readonly AppliedAdapter[]): Promise<string> {
        using context = new Context(model, { adapters }).user(input).cue();
        return await context.generateText(Sampler.greedy(), { maxTokens: 80 });
      }

      const plain = await answer();
      const pirate = await answer(adapter);
      const atOnce = await Promise.all([answer(), answer(adapter)]);
      return { plain, pirate, atOnce, plainAgain: await answer() };
    }),
};

await runInferlet(import.meta.url, pirate);

/** The points of an answer first, then all of them at once: Skeleton-of-Thought (Ning et al. 2024). */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { Grammar } from "@iftk/inferlet/grammar";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

const line = { type: "string", minLength: 1, maxLength: 60 };
const skeleton = Grammar.fromJsonSchema({
  type: "object",
  properties: {
    title: line,
    characters: { type: "array", items: line, minItems: 1, maxItems: 3 },
    scenes: { type: "array", items: line, minItems: 4, maxItems: 6 },
  },
  required: ["title", "characters", "scenes"],
  additionalProperties: false,
}, { whitespace: "none" });
const threeSentences = Grammar.fromRegex("([^.!?]{20,100}[.!?]){3}");

export const skeletonOfThought: Example = {
  about: "Plans a story as JSON, and writes all of its scenes at the same time.",
  input: { name: "plan", value: "Write a story outline as JSON about a fox and a key." },

  program: (input) =>
    inferlet(async () => {
      const model = await Model.load();
      using context = new Context(model).user(input);
      const { title, scenes } = JSON.parse(await context.generateText(Sampler.greedy(), { constrain: skeleton })) as { title: string; scenes: string[] };
      await session.send(`${title}\n\n`);
      const passes = model.backend.statistics.decodes;
      const written = await Promise.all(
        scenes.map(async (scene) => {
          // What all forks hold is computed once, and whatever they write goes through shared batches.
          using fork = context.fork().user(`Continue this story: ${scene}.`);
          const tokens = await fork.generate(Sampler.greedy(), { constrain: threeSentences }).tokens();
          return { text: model.tokenizer.decode(tokens), tokens: tokens.length };
        }),
      );
      for (const [index, { text }] of written.entries()) await session.send(`${scenes[index]}.\n   ${text}\n\n`);
      return { scenes: scenes.length, tokens: written.reduce((sum, { tokens }) => sum + tokens, 0), passes: model.backend.statistics.decodes - passes };
    }),
};

await runInferlet(import.meta.url, skeletonOfThought);

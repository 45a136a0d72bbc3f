/** An object that fits a schema, from a model of any size: a grammar leaves it the tokens with which one can go on. */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { Grammar } from "@iftk/inferlet/grammar";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

/** The entities of a text. Each is a word of it: what the text does not say cannot be written. */
export const entitiesIn = (text: string) => ({
  type: "object",
  properties: {
    entities: {
      type: "array",
      maxItems: 12,
      items: {
        type: "object",
        properties: {
          text: { enum: [...new Set(text.match(/[\p{L}\p{N}]+/gu) ?? [""])] },
          type: { enum: ["person", "place", "date"] },
        },
        required: ["text", "type"],
        additionalProperties: false,
      },
    },
  },
  required: ["entities"],
  additionalProperties: false,
});

export const constrainedDecoding: Example = {
  about: "Finds the people, places and dates of a text, as an object that fits a schema.",
  input: { name: "text", value: "Ana met Leo in Paris on Monday." },

  program: (input) =>
    inferlet(async () => {
      using context = new Context(await Model.load()).user(`Extract the entities from: ${input}`);
      const json = await context.generateText(Sampler.greedy(), { constrain: Grammar.fromJsonSchema(entitiesIn(input), { whitespace: "none" }) });
      const { entities } = JSON.parse(json) as { entities: { text: string; type: string }[] };
      for (const { text, type } of entities) await session.send(`${text} is a ${type}\n`);
      return { entities };
    }),
};

await runInferlet(import.meta.url, constrainedDecoding);

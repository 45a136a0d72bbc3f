/** Answers that are checked: one with a fault is taken back, the model is told of the fault, and tries again with less daring. */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { z } from "zod";
import { type Example, runInferlet } from "./run-inferlet.js";

const maxTries = 10;

/** What an answer must be: JSON, and no entity of it made up. */
const answerAbout = (sentence: string) => {
  const text = z.string().min(1).refine((name) => sentence.includes(name), { error: ({ input }) => `"${String(input)}" is not in the text.` });
  const entities = z.array(z.object({ text, type: z.string() }), "It names no entities.").min(1, "It names no entities.");
  return z.object({ entities }, "That is no JSON object.");
};

/** The JSON value of a text; undefined, which no JSON stands for, where it has none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const outputValidation: Example = {
  about: "Asks for the entities in a sentence until the answer is JSON and names nothing that the sentence does not.",
  input: { name: "sentence", value: "Ana met Leo in Paris." },

  program: (input) =>
    inferlet(async () => {
      using context = new Context(await Model.load());
      const question = `Extract the entities from: ${input}`;
      const answer = answerAbout(input);
      const faults: string[] = [];
      const { length } = context.user(question);
      for (let seed = 1; seed <= maxTries; seed++) {
        const text = await context.generateText(Sampler.multinomial(2 / seed), { seed, maxTokens: 128 });
        const { success, data, error } = answer.safeParse(parsed(text));
        await session.send(`${success ? "yes" : "no "} ${JSON.stringify(text)}\n`);
        if (success) return { tries: seed, faults, ...data };
        const fault = error.issues.map(({ message }) => message).join(" ");
        faults.push(fault);
        // The question stays computed; what was wrong with its answer does not stand in the way of the next one.
        context.truncate(length).user(`${fault} ${question}`);
      }
      return { tries: maxTries, faults, entities: undefined };
    }),
};

await runInferlet(import.meta.url, outputValidation);

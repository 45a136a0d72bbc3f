/** The smallest program: a question, and the whole answer. */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

export const helloWorld: Example = {
  about: "Says something to the model and prints what it answers.",
  input: { name: "text", value: "Hello!" },

  program: (input) =>
    inferlet(async () => {
      using context = new Context(await Model.load());
      context.system("You are a helpful assistant.");
      context.user(input);
      await session.send(`${await context.generateText(Sampler.greedy(), { maxTokens: 256 })}\n`);
    }),
};

await runInferlet(import.meta.url, helloWorld);

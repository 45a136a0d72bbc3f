/** A reply as events, as they come: thinking, text, the end. */
import { Context, Model, Sampler, session } from "@iftk/inferlet";
import { inferlet } from "@iftk/inferlet/session";
import { type Example, runInferlet } from "./run-inferlet.js";

export const textCompletion: Example = {
  about: "Streams what the model thinks and says, and tells how many pieces it came in.",
  input: { name: "text", value: "What is 17 + 25? Think first." },

  program: (input) =>
    inferlet(async () => {
      using context = new Context(await Model.load()).user(input);
      let pieces = 0;
      for await (const event of context.generate(Sampler.greedy(), { decode: true, reasoning: true, maxTokens: 256 })) {
        if (event.type === "thinking") await session.send(`\u001B[2m${event.text}\u001B[22m`);
        if (event.type === "thinking-done" || event.type === "done") await session.send("\n");
        if (event.type === "text") {
          pieces++;
          await session.send(event.text);
        }
        if (event.type === "done") return { pieces, reason: event.reason };
      }
      return undefined;
    }),
};

await runInferlet(import.meta.url, textCompletion);

/** Tells a story, word by word as the model makes it up. */
import { pipe } from "@iftk/core";
import { text } from "@iftk/inference";
import { runExample, type Example } from "./run-example.js";

export const story: Example = {
  about: "Tells a story as the model makes it up.",
  models: ["openai/gpt-5.4-mini", "anthropic/claude-haiku-5-5", "llama/tiny"],
  input: { name: "prompt", value: "Tell me a story about a fox." },

  async run({ router, model, input, signal, write, note }) {
    if (model === "llama/tiny") note("The embedded model answers. Set OPENAI_API_KEY or ANTHROPIC_API_KEY to ask a larger one.");
    const tell = pipe(router.textToText(model), text);
    for await (const piece of tell(input, { signal })) write(piece);
    write("\n");
  },
};

await runExample(import.meta.url, story);

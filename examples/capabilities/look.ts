/** Looks at an image with a language model and with a vision service at once, and merges what they see. */
import { imageAnalysisInParallel } from "@iftk/inference";
import { mediaFromFile } from "@iftk/inference/media";
import { picturePath } from "./picture-path.js";
import { runExample, type Example } from "./run-example.js";

export const look: Example = {
  about: "Tells what is in an image: a language model and Azure look at it at once, and the model is believed where both tell.",
  models: ["openai/gpt-5.4-mini"],
  input: { name: "image", value: picturePath("cafe.png") },

  async run({ router, model, input, signal, write, note }) {
    const analyse = imageAnalysisInParallel({
      llm: router.imageAnalysis(model),
      vision: router.imageAnalysis("azure/image-analysis"),
      llmTimeout: 60_000,
    });
    for await (const part of analyse({ image: await mediaFromFile(input) }, { signal })) {
      if (part.type === "warning") note(part.message);
      if (part.type === "analysis") for (const [name, value] of Object.entries(part.analysis)) write(`${name}: ${typeof value === "string" ? value : JSON.stringify(value)}\n`);
    }
  },
};

await runExample(import.meta.url, look);

/** Draws a text, and writes the image to a file while it comes. */
import { pipe } from "@iftk/core";
import { saveMedia } from "@iftk/inference/media";
import { runExample, type Example } from "./run-example.js";
import { showProgress } from "./show-progress.js";

export const illustration: Example = {
  about: "Draws what a text says and saves the image.",
  models: ["openai/gpt-image-2"],
  input: { name: "prompt", value: "A fox in the snow at night, as a paper cut." },

  async run({ router, model, input, signal, write, note, folder }) {
    const draw = pipe(router.textToImage(model), showProgress(note), saveMedia({ folder, name: "illustration" }));
    const images = await draw({ prompt: input, width: 1536, height: 1024, previews: 2 }, { signal });
    for (const { path, mediaType, size } of images) write(`${path} (${mediaType}, ${size} bytes)\n`);
  },
};

await runExample(import.meta.url, illustration);

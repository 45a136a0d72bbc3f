/** Sets a picture in motion, tells how far that is, and writes the video to a file while it comes. */
import { pipe } from "@iftk/core";
import { mediaFromFile, saveMedia } from "@iftk/inference/media";
import { picturePath } from "./picture-path.js";
import { runExample, type Example } from "./run-example.js";
import { showProgress } from "./show-progress.js";

export const video: Example = {
  about: "Sets a picture of a fox in motion and saves the video.",
  models: ["runway/gen4.5"],
  input: { name: "prompt", value: "The fox looks up, and it begins to snow." },

  async run({ router, model, input, signal, write, note, folder }) {
    const film = pipe(router.imageAndTextToVideo(model), showProgress(note), saveMedia({ folder, name: "video" }));
    const image = await mediaFromFile(picturePath("fox.png"));
    const videos = await film({ image, prompt: input, duration: 5, ratio: "1280:720" }, { signal });
    for (const { path, mediaType, size } of videos) write(`${path} (${mediaType}, ${size} bytes)\n`);
  },
};

await runExample(import.meta.url, video);

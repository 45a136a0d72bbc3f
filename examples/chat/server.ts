/** Serves a page on which to talk with a model that runs here. */
import process from "node:process";
import { runProgram } from "@iftk/pages";
import { listen } from "@iftk/server";
import { tinyModelPath } from "@iftk/tiny-model";
import { createApp } from "./app.js";

await runProgram({
  about: "Serves a page on which to talk with a language model that runs on this machine.",
  settings: { IFTK_MODEL: "path of a GGUF file to load in place of the embedded model" },
  async run(place) {
    const { IFTK_MODEL: modelPath = tinyModelPath } = process.env;
    const app = await createApp({ modelPath });
    try {
      const server = await listen(app.handler, place);
      process.stdout.write(`${app.model} is ready at ${server.url}\n`);
      await server.closed;
    } finally {
      await app.close();
    }
  },
});

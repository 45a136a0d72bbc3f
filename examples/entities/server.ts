/** Serves one model that does two tasks, each in all four modes. */
import process from "node:process";
import { modelManager } from "@iftk/inference/models";
import { textClassification, tokenClassification } from "@iftk/inference/tasks";
import { runProgram } from "@iftk/pages";
import { listen, serveTasks } from "@iftk/server";
import { tinyId, twoTaskModels } from "./two-task-models.js";

const note = (answer: string, prompt: string): void => void process.stderr.write(`no use in the answer to ${JSON.stringify(prompt)}: ${JSON.stringify(answer)}\n`);

await runProgram({
  about: "Serves one model that finds entities and tells the sentiment, both in all four modes.",
  async run(place) {
    await using models = modelManager({
      loaders: [twoTaskModels(note)],
      defaultModel: tinyId,
      aliases: { "tiny-entities": tinyId, "tiny-sentiment": tinyId }, // ids from when each task had a model of its own
    });
    const server = await listen(serveTasks({ tasks: [tokenClassification, textClassification], models, domain: "Nlp" }), place);
    process.stdout.write(`${tinyId} is ready at ${server.url}, described at ${server.url}/openapi.json; try: npm start entities/client ${server.url}\n`);
    await server.closed;
  },
});

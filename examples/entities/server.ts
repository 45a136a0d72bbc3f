/** Serves one model that does two tasks, each in all four modes. */
import process from "node:process";
import { modelManager } from "@iftk/inference/models";
import { textClassification, tokenClassification } from "@iftk/inference/tasks";
import { listen, serveTasks } from "@iftk/server";
import { tinyId, twoTaskModels } from "./two-task-models.js";

const { PORT = "3000", HOST = "127.0.0.1" } = process.env;
const note = (answer: string, prompt: string): void => void process.stderr.write(`no use in the answer to ${JSON.stringify(prompt)}: ${JSON.stringify(answer)}\n`);

await using models = modelManager({
  loaders: [twoTaskModels(note)],
  defaultModel: tinyId,
  aliases: { "tiny-entities": tinyId, "tiny-sentiment": tinyId }, // ids from when each task had a model of its own
});
const tasks = serveTasks({ tasks: [tokenClassification, textClassification], models, domain: "Nlp" });
const server = await listen(tasks, { port: Number(PORT), host: HOST, drainOn: ["SIGINT", "SIGTERM"] });

process.stdout.write(`${tinyId} is ready at ${server.url}, described at ${server.url}/openapi.json; try: npm start entities/client ${server.url}\n`);
await server.closed;

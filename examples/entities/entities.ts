/** Prints a story while a model tells it, and between its words the entities that the same model finds in what is told. */
import process from "node:process";
import { chat, openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { entitiesByChat } from "./entities-by-chat.js";
import { storyWithEntities } from "./story-with-entities.js";

const prompt = process.argv[2] ?? "Tell me a story about Marco and a boat.";

await using backend = await openLlama({ modelPath: tinyModelPath });
const model = chat({ backend, temperature: 0 });
const tell = storyWithEntities(model, entitiesByChat(model));

for await (const told of tell(prompt)) {
  if (told.type === "text") process.stdout.write(told.text);
  else for (const { word, entity, start } of told.entities) process.stdout.write(`\n    ${word} at ${start}: ${entity}\n`);
}
process.stdout.write("\n");

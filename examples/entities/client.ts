/** Calls the two tasks of the model that `server.ts` serves. */
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { remoteTask } from "@iftk/client";
import { textClassification, tokenClassification } from "@iftk/inference/tasks";

const { 2: url = "http://127.0.0.1:3000", 3: text = "Ana loved the music in Paris. Leo hated the rain in London. Lena loved the garden in Berlin." } = process.argv;
const entities = remoteTask(tokenClassification, url, { model: "tiny" });
const sentiment = remoteTask(textClassification, url, { model: "tiny" });
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Sends the text as somebody types it. */
async function* typed() {
  for (const word of text.match(/\S+\s*/g) ?? []) {
    await setTimeout(50);
    print(`> ${word.trim()}`);
    yield word;
  }
}

for await (const { results, startIndex, processedIndex } of entities.bidi(typed())) {
  const sentence = text.slice(startIndex, processedIndex).trim();
  const { results: [found] } = await sentiment.run(sentence);
  print(`${sentence} (${found?.label ?? "no sentiment"}): ${results.map(({ word, entity }) => `${word} is a ${entity}`).join(", ") || "no entities"}`);
}

import process from "node:process";
import { bidi, collect, pipe, type Stream } from "@iftk/core";
import type { Part } from "@iftk/inference";
import { chat, openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { entitiesByChat } from "./entities-by-chat.js";
import { storyWithEntities, type Told } from "./story-with-entities.js";

type Backend = Awaited<ReturnType<typeof openLlama>>;
const prompt = "Tell me a story about Marco and a boat.";

describe("entities of the embedded model", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await openLlama({ modelPath: tinyModelPath });
  });
  afterAll(() => backend.close());

  test("are there before the last text of the story is generated", async () => {
    const model = chat({ backend, temperature: 0, prefixCache: false });
    const happened: string[] = [];
    const watched = pipe(model, bidi(async function* watched(parts: Stream<Part>) {
      for await (const part of parts) {
        if (part.type === "text-delta") happened.push("generated");
        yield part;
      }
    }));
    const told: Told[] = [];
    for await (const one of storyWithEntities(watched, entitiesByChat(model))(prompt)) {
      told.push(one);
      if (one.type === "entities" && one.entities.length > 0) happened.push(one.entities.map(({ word }) => word).join());
    }
    const story = told.map((one) => (one.type === "text" ? one.text : "")).join("");
    const entities = told.flatMap((one) => (one.type === "entities" ? one.entities : []));
    expect(happened.indexOf("Marco")).toBeGreaterThan(0);
    expect(happened.indexOf("Marco")).toBeLessThan(happened.lastIndexOf("generated"));
    expect(entities[0]).toEqual({ entity: "person", score: 1, word: "Marco", start: story.indexOf("Marco"), end: story.indexOf("Marco") + 5 });
    expect(entities.filter(({ word, start, end }) => story.slice(start, end) !== word)).toEqual([]);
    expect(backend.statistics.sequences).toBe(0);
  });

  test("are the same for a text that is whole and for one that comes in pieces", async () => {
    const entities = entitiesByChat(chat({ backend, temperature: 0 }));
    const text = "Marco met Lena in Paris. Leo works at the bakery in Rome.";
    const { results } = await entities.run(text);
    expect(results.map(({ word, entity }) => `${word}: ${entity}`)).toEqual(["Marco: person", "Lena: person", "Paris: place", "Leo: person", "Rome: place"]);
    const parts = await collect(entities.outputStream(text));
    expect(parts.flatMap((part) => part.results)).toEqual(results);
  });
});

test("the program prints the first entity within the story", async () => {
  const printed: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  const { argv } = process;
  process.argv = ["node", "entities.js"];
  try {
    await import("./entities.js");
  } finally {
    process.argv = argv;
    write.mockRestore();
  }
  const entity = printed.findIndex((text) => text.includes("Marco at "));
  const before = printed.slice(0, entity).join("");
  const after = printed.slice(entity + 1).join("");
  expect([printed[entity], after.split(" ").length > 20]).toEqual([`\n    Marco at ${before.indexOf("Marco")}: person\n`, true]);
});

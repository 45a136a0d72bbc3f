/** Makes an object of a text, and shows it as it comes. */
import { inspect } from "node:util";
import * as z from "zod";
import { runExample, type Example } from "./run-example.js";

const scene = z.object({
  title: z.string(),
  hero: z.object({ name: z.string(), kind: z.string().describe("an animal, or what else the hero is") }),
  places: z.array(z.string()),
  mood: z.enum(["hopeful", "sad", "scary", "funny"]),
});

const tale = "Ada the fox found a lantern in the snow. She carried it over the frozen river, all the way up to the lighthouse, and nobody was lost that night.";

export const object: Example = {
  about: "Makes an object of a text: its title, its hero, the places and the mood.",
  models: ["openai/gpt-5.4-mini", "anthropic/claude-haiku-5-5"],
  input: { name: "text", value: tale },

  async run({ router, model, input, signal, write, note }) {
    const extract = router.messagesToObject(model, scene, { name: "scene" });
    for await (const part of extract({ messages: [{ role: "user", content: `What is this story about?\n\n${input}` }] }, { signal })) {
      if (part.type === "object-partial") write(`${JSON.stringify(part.value)}\n`);
      if (part.type === "object") write(`${inspect(part.object)}\n`);
      if (part.type === "warning") note(part.message);
    }
  },
};

await runExample(import.meta.url, object);

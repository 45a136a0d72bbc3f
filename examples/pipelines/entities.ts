/** Entities out of a story while it is told. A written pipeline asks the model about each sentence, and an element of code keeps what the sentence holds. */
import { flatMap, forEach, from } from "@iftk/core";
import { build, caps, element, parseLaunch } from "@iftk/graph";
import { z } from "zod";
import { openElements, runProgram, type Surroundings } from "./run-program.js";

const schema = z.object({ entities: z.array(z.object({ text: z.string(), type: z.enum(["person", "place", "date"]) })) });

/** What is found in a sentence. */
export interface Finding {
  readonly sentence: string;
  readonly text: string;
  readonly type: string;
}

/** A small model finds what is not there: only what the sentence holds word for word is given. */
const grounded = element({
  kind: "transform",
  name: "grounded",
  description: "Gives {sentence, text, type} for each entity of a sentence and its {entities} that stands in it.",
  in: { name: "in", caps: caps.any },
  out: { name: "out", caps: caps.json },
  properties: z.strictObject({}),
  create: () => flatMap(([sentence, { entities }]: [string, z.output<typeof schema>]): Finding[] =>
    entities.filter(({ text }) => sentence.includes(text)).map((entity) => ({ sentence: sentence.trim(), ...entity }))),
});

const pipeline = parseLaunch(`
  chat temperature=0 ! text ! sentences ! tee name=sentence
  sentence. ! zip name=pair
  sentence. ! template template="Extract the entities from: {{input}}" ! ask by=item ! object temperature=0 schema=${JSON.stringify(z.toJSONSchema(schema))} ! pair.
  pair. ! grounded
`);

/** Tells a story and gives what is in it to `onFinding` as it is found. */
export async function findEntities(request: string, onFinding: (finding: Finding) => void, signal?: AbortSignal): Promise<void> {
  await using elements = openElements({ own: [grounded] });
  const run = build(pipeline, elements.registry).start(from([{ messages: [{ role: "user", content: request }] }]), signal && { signal });
  await forEach(run.output, (finding) => onFinding(finding as Finding));
}

await runProgram(import.meta.url, async ({ args: [request = "Tell me a story about Ana in Paris."], signal, print }: Surroundings) => {
  await findEntities(request, ({ sentence, text, type }) => print(`${sentence}\n  ${text} is a ${type}\n`), signal);
});

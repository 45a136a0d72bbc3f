/** Replaces an element while values flow through it: nothing is stopped, and nothing lost. */
import { build, parseLaunch } from "@iftk/graph";
import { openElements, runProgram, type Surroundings } from "./run-program.js";

const pipeline = parseLaunch('interval name=clock ms=20 ! template template="tick {{input}}" ! upper name=voice ! take count=9');

/** Prints nine ticks: three loud, three quiet, three in braces. */
export async function tick({ signal, print }: Pick<Surroundings, "signal" | "print">): Promise<void> {
  await using elements = openElements();
  const run = build(pipeline, elements.registry, { live: true }).start(undefined, { signal });
  // A replacement is done once the next value has come to it, for which this loop has to read on.
  const replaced: Promise<void>[] = [];
  let count = 0;
  for await (const text of run.output) {
    print(`${text as string}\n`);
    count += 1;
    if (count === 3) replaced.push(run.replace("voice", { element: "lower" }));
    if (count === 6) replaced.push(run.replace("voice", { element: "template", properties: { template: "({{input}})" } }));
  }
  await Promise.all(replaced);
  for (const { from, to, items } of run.statistics()) print(`${from} -> ${to}: ${items}\n`);
}

await runProgram(import.meta.url, tick);

/** The command: measures and prints, as a table or with `--json`. */
import { parseArgs } from "node:util";
import { measureGeneration } from "./generation.js";
import type { Measured } from "./measure.js";
import { measureStages } from "./stages.js";

const help = `Usage: npm run bench -- [generation] [stages] [--json] [--model FILE] [--rounds N]

  generation  the way from the model to a client over the bare loop of decode and argmax; target 1.15
  stages      five synchronous stages over one loop by hand

Ratios are within one run, each round against the same round's first line; compare them, not the times.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, model: { type: "string" }, rounds: { type: "string" }, help: { type: "boolean", short: "h" } },
});

const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const suites: Readonly<Record<string, () => Promise<Measured[]>>> = {
  generation: () => measureGeneration(values.model, rounds),
  stages: () => measureStages(rounds),
};

const unknown = positionals.find((name) => !Object.hasOwn(suites, name));
if (values.help) process.stdout.write(help);
else if (unknown !== undefined || (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))) {
  process.stderr.write(unknown === undefined ? `--rounds must be a whole number from 1 on, not ${values.rounds}\n` : `There is no benchmark called ${unknown}; there are ${Object.keys(suites).join(" and ")}.\n`);
  process.exitCode = 2;
} else {
  const results: Record<string, Measured[]> = {};
  for (const name of positionals.length > 0 ? positionals : Object.keys(suites)) {
    const measured = (results[name] = (await suites[name]?.()) ?? []);
    if (values.json) continue;
    process.stdout.write(`\n${name}\n`);
    for (const line of measured) process.stdout.write(`  ${line.name.padEnd(40)} ${line.microseconds.toFixed(2).padStart(10)} us  x${line.ratio.toFixed(2)}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}

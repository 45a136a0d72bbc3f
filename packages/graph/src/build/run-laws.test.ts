import { type Bidi } from "@iftk/core";
import { stageLaws } from "@iftk/testing";
import { parseLaunch } from "../launch/parse-launch.js";
import { build } from "./build.js";
import { sampleRegistry } from "./fixtures/sample-elements.js";

const graphs = [
  ["upper ! suffix", ["A!", "B!"]],
  ["identity ! letters", ["a", "b"]],
  ["( upper ! ( suffix ) ) name=b ! identity", ["A!", "B!"]],
  ["loop name=l  l.body ! suffix ! l.back  l. ! upper", ["A!!", "B!!"]],
  ["tee name=t  t. ! keep  t. ! suffix", ["a!", "b!"]],
  ["tee name=t  t. ! upper ! merge name=m  t. ! m.", undefined],
  ["tee name=t  t. ! upper ! z.left  zip name=z  t. ! queue ! z.right", [["A", "a"], ["B", "b"]]],
  ["words of=[\"x\"] ! keep  upper", ["A", "B"]],
  ["tee name=t  t. ! concat name=c  t. ! queue ! c.", ["a", "b", "a", "b"]],
] as const;

const built = (line: string, live = false) => build(parseLaunch(line), sampleRegistry(), { live });

for (const [line, output] of graphs) {
  const facts = { input: ["a", "b"], ...(output && { output }), readsAhead: /tee|queue/u.test(line) ? 18 : 0 };
  // What comes after it waits in the queue, which is not large enough for the many values of that law.
  const without = line.includes("concat") ? (["fair"] as const) : [];
  stageLaws(`the stage of ${line}`, { ...facts, without, stage: () => built(line).stage as Bidi<unknown, unknown> });
  for (const live of [false, true]) {
    // A run begins when it is started, and its sinks read whether or not its output is read.
    stageLaws(`a ${live ? "live " : ""}run of ${line}`, { ...facts, run: (source, signal) => built(line, live).start(source, signal && { signal }).output, without: ["lazy", ...without], soon: 10 });
  }
}

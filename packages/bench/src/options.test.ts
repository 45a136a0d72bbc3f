import { expect, test } from "vitest";
import { parseCommand } from "./options.js";
import { suiteNames } from "./suites.js";

test.for([
  { args: [], command: { kind: "measure", suites: new Set(suiteNames), quick: false, json: false, save: false } },
  { args: ["fork", "merge", "--json", "--quick", "--rounds", "3"], command: { kind: "measure", suites: new Set(["fork", "merge"]), quick: true, json: true, save: false, rounds: 3 } },
  { args: ["generation", "--model", "a.gguf", "--save"], command: { kind: "measure", suites: new Set(["generation"]), quick: false, json: false, save: true, model: "a.gguf" } },
  { args: ["picture"], command: { kind: "picture" } },
  { args: ["laws"], command: { kind: "laws" } },
  { args: ["-h", "stages"], command: { kind: "help" } },
] as const)("$args are understood", ({ args, command }) => {
  expect(parseCommand(args)).toEqual(command);
});

test.for([
  [["stages"], "there is no suite called stages"],
  [["laws", "fork"], "laws stands alone"],
  [["--rounds", "0"], "--rounds must be a whole number from 1 on, not 0"],
  [["--loud"], "--loud"],
] as const)("%j is refused with the reason", ([args, because]) => {
  expect(parseCommand(args)).toEqual({ kind: "refused", because: expect.stringContaining(because) as string });
});

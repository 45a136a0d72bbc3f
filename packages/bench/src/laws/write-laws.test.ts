import type { LawResult } from "@iftk/testing/neutral";
import { expect, test } from "vitest";
import { adapters, type Adapter } from "./adapters.js";
import { renderLaws, tryAdapter } from "./write-laws.js";

type Tried = readonly [Adapter, readonly LawResult[]];

const found = new Map<string, Promise<Tried>>();

/** What came of one library; two are never tried at once. */
function tried(name: string): Promise<Tried> {
  const known = found.get(name);
  if (known) return known;
  const adapter = adapters.find((one) => one.name === name);
  if (!adapter) throw new Error(`no adapter is called ${name}`);
  const trying = tryAdapter(adapter, 50).then((results) => [adapter, results] as const);
  found.set(name, trying);
  return trying;
}

test("the library keeps the laws, and async generators do not hear a signal", async () => {
  const document = renderLaws([await tried("IFTK"), await tried("async generators")]);
  expect(document.split("\n").filter((line) => /^\| (IFTK|async generators) \|.*(kept|BROKEN)/.test(line)).map((line) => [line.split(" | ")[0], line.includes("BROKEN")])).toEqual([["| IFTK", false], ["| async generators", true]]);
  expect(document.split("\n").filter((line) => line.includes("takes no signal"))).toEqual(["- 3 signal: it takes no signal"]);
});

// Not effect: a read within a read makes it recurse until V8 itself complains on the standard error.
test.for(adapters.map(({ name }) => name).filter((name) => name !== "effect"))("%s gives what the laws expect of it when nothing goes wrong", async (name) => {
  const [, results] = await tried(name);
  const order = results.filter(({ law }) => law.name === "order");
  expect(order.some(({ outcome }) => outcome === "kept")).toBe(true);
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createRegistry } from "@iftk/graph";
import { describe, expect, test } from "vitest";
import { scriptedRouter } from "./fixtures/scripted-router.js";
import { standardElements } from "./index.js";

const elements = standardElements({ router: scriptedRouter(() => "").router });

test("the README lists all elements, each once and in its own words", async () => {
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const listed = [...readme.slice(readme.indexOf("## The elements")).matchAll(/^\| `(?<name>[\w-]+)` \| (?<description>.*) \|$/gmu)].map(({ groups }) => `${groups?.name}: ${groups?.description}`);
  expect(listed.sort()).toEqual(elements.map(({ definition: { name, description } }) => `${name}: ${description.replaceAll("|", "\\|")}`).sort());
});

test("the elements have names of their own", () => {
  expect(createRegistry(elements).names()).toHaveLength(elements.length);
});

describe.each(elements.map(({ definition }) => [definition.name, definition] as const))("%s", (_, definition) => {
  test("says what it does and what each of its properties is", () => {
    const shape = definition.properties.shape as Record<string, { readonly description?: string | undefined }>;
    expect([/^[A-Z].*\.$/su.test(definition.description), Object.entries(shape).filter(([, { description }]) => !description?.endsWith(".")).map(([name]) => name)]).toEqual([true, []]);
  });

  test("takes no secret as a property", () => {
    expect(Object.keys(definition.properties.shape).filter((name) => /key$|secret|password|token$|authorization|headers/iu.test(name))).toEqual([]);
  });
});

import { createRegistry } from "@iftk/graph";
import { describe, expect, test } from "vitest";
import { scriptedRouter } from "./fixtures/scripted-router.js";
import { standardElements } from "./index.js";

const elements = standardElements({ router: scriptedRouter(() => "").router });

test("the elements have names of their own", () => {
  expect(createRegistry(elements).names()).toEqual([
    "agent", "as-text", "ask", "batch", "case", "chat", "concat", "console", "count", "debounce", "decode", "delay", "distinct", "drop", "encode", "file", "filter", "from-jsonl", "html",
    "http", "http-get", "interval", "lines", "loop", "lower", "markdown", "merge", "pick", "prefix", "prompt", "queue", "rate", "read", "read-bytes", "replace", "sentences", "stdin", "stdout",
    "take", "tee", "template", "text", "throttle", "to-jsonl", "translate", "upper", "values", "words", "zip",
  ]);
});

describe.each(elements.map(({ definition }) => [definition.name, definition] as const))("%s", (_, definition) => {
  test("says what it does and what each of its properties is", () => {
    const shape = definition.properties.shape as Record<string, { readonly description?: string | undefined }>;
    expect([/^[A-Z].*\.$/su.test(definition.description), Object.entries(shape).filter(([, { description }]) => !description?.endsWith(".")).map(([name]) => name)]).toEqual([true, []]);
  });

  test("takes no secret as a property", () => {
    expect(Object.keys(definition.properties.shape).filter((name) => /key$|secret|password|token$|authorization|header(?!Level)/iu.test(name))).toEqual([]);
  });
});

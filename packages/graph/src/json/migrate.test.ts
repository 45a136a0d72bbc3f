import { expect, test } from "vitest";
import { migrate, type Migration } from "./migrate.js";

const steps: ReadonlyMap<number, Migration> = new Map<number, Migration>([
  [1, ({ nodes, ...pipeline }) => ({ ...pipeline, elements: nodes })],
  [2, (pipeline) => ({ ...pipeline, links: [] })],
]);

test("a pipeline is brought from its version to the newest, step by step, and is not changed itself", () => {
  const first = Object.freeze({ version: 1, nodes: ["a"] });
  expect([migrate(first, steps), migrate({ version: 2, elements: ["b"] }, steps), migrate({ version: 3, elements: [] }, steps)]).toEqual([
    { version: 3, elements: ["a"], links: [] }, { version: 3, elements: ["b"], links: [] }, { version: 3, elements: [] },
  ]);
});

test("version 1 is the first and, so far, the newest", () => {
  expect(migrate({ version: 1, elements: [] })).toEqual({ version: 1, elements: [] });
});

test.for([
  [{ version: 4 }, "pipeline: version: this pipeline is of version 4, and this release of @iftk/graph reads versions up to 3; update @iftk/graph, or save the pipeline in an older version"],
  [{}, "pipeline: version: expected a whole number from 1 to 3; it is missing"],
  [{ version: "1" }, "pipeline: version: expected a whole number from 1 to 3"],
  [{ version: 0 }, "pipeline: version: expected a whole number from 1 to 3"],
  [{ version: 1.5 }, "pipeline: version: expected a whole number from 1 to 3"],
  [[], "pipeline: expected an object with version, elements and links"],
  [null, "pipeline: expected an object with version, elements and links"],
] as const)("of %j is said what is wrong", ([json, message]) => {
  expect(() => migrate(json, steps)).toThrow(expect.objectContaining({ code: "invalid_argument", reason: "pipeline", message }));
});

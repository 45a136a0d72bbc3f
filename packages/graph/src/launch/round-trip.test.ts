import fc from "fast-check";
import { expect, test } from "vitest";
import type { PropertyValue } from "../description.js";
import { readPipeline } from "../json/read-pipeline.js";
import { randomPipeline, randomValue } from "./fixtures/random-pipeline.js";
import { formatLaunch } from "./format-launch.js";
import { parseLaunch } from "./parse-launch.js";

test("1000 pipelines of every form are read back from their launch lines as they were, and written the same again", () => {
  fc.assert(fc.property(randomPipeline, (pipeline) => {
    const line = formatLaunch(pipeline);
    const read = parseLaunch(line);
    expect(read).toStrictEqual(pipeline);
    expect(formatLaunch(read)).toBe(line);
  }), { numRuns: 1000 });
});

test("1000 pipelines of every form are read back from JSON as they were", () => {
  fc.assert(fc.property(randomPipeline, (pipeline) => {
    expect(readPipeline(pipeline)).toStrictEqual(pipeline);
    const text = JSON.stringify(pipeline);
    expect(JSON.stringify(readPipeline(JSON.parse(text)))).toBe(text);
  }), { numRuns: 1000 });
});

test("a value of any type is read back as it was, between white space, comments and new lines too", () => {
  fc.assert(fc.property(randomValue, fc.constantFrom("", " ", "\n", " # comment ! \" ( \n ", "\t\r\n"), (value: PropertyValue, space) => {
    const pipeline = { version: 1, elements: [{ name: "a0", element: "a", properties: { x: value } }, { name: "b0", element: "b" }], links: [{ from: { element: "a0" }, to: { element: "b0" } }] } as const;
    const [, written = ""] = /^a x=(.*) ! b$/s.exec(formatLaunch(pipeline)) ?? [];
    // A word with = in it stands directly after the = of its property.
    const before = /^[^"'[{]*=/.test(written) ? "" : space;
    expect(parseLaunch(`${space}a${space || " "}x${space}=${before}${written}${space}!${space}b${space}`)).toStrictEqual(pipeline);
  }), { numRuns: 500 });
});

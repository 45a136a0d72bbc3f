import { each, intercept, map, pipe, StageError, type Interceptor } from "@iftk/core";
import { expect, test } from "vitest";
import { build } from "./build/build.js";
import { greet, sampleRegistry, suffix, upper } from "./build/fixtures/sample-elements.js";
import { describe } from "./describe.js";
import { parseLaunch } from "./launch/parse-launch.js";

test("a pipe of elements is described as it would be written", () => {
  const stage = pipe(upper(), pipe(suffix({ with: "?" }), each(greet())), suffix());
  expect(describe(stage)).toEqual(parseLaunch("upper ! suffix with=? ! greet ! suffix"));
});

test("a stage that was built is described as it was written", () => {
  const description = parseLaunch("upper name=loud ! tee name=t  t. ! keep  t. ! suffix");
  expect(describe(build(description, sampleRegistry()).stage)).toBe(description);
});

const passing: Interceptor = (next) => next;

test.each([
  ["its own function", () => pipe(upper(), map(function own(value: string) { return value; })), "map cannot be written: it was not made by an element"],
  ["interceptors around a pipe", () => intercept(pipe(upper(), suffix()), passing), "with interceptors"],
  ["interceptors around an element", () => pipe(intercept(upper(), passing), suffix()), "cannot be written"],
  ["values worked on ahead", () => pipe(upper(), each(greet(), { ahead: 2 })), "each(greet) cannot be written"],
] as const)("a part with %s is named", (_, stage, message) => {
  expect(() => describe(stage())).toThrow(StageError);
  expect(() => describe(stage())).toThrow(message);
});

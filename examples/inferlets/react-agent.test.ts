import type { Backend } from "@iftk/inferlet";
import { ScriptedBackend } from "@iftk/inferlet/testing";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reactAgent } from "./react-agent.js";
import { runOver } from "./run-inferlet.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend.close());

interface Told {
  readonly answer: string | undefined;
  readonly steps: readonly { readonly call: { readonly name?: string; readonly arguments?: unknown }; readonly observation: unknown }[];
}
const madeOf = ({ steps }: Told) => steps.map(({ call, observation }) => [call.name, call.arguments, observation]);

test.each([["Paris", 21, "sunny"], ["Rome", 27, "clear"]])("the weather in %s is looked up once, and told", async (city, temperature, condition) => {
  const told = await runOver<Told>(reactAgent, { backend, input: `What is the weather in ${city}?` });
  expect(madeOf(told)).toEqual([["get_weather", { city }, { temperature, condition }]]);
  expect(told.answer).toMatch(new RegExp(`${temperature}`));
  expect(told.answer).toMatch(new RegExp(condition));
});

test("a sum is made by the tool", async () => {
  const told = await runOver<Told>(reactAgent, { backend, input: "What is 17 plus 25?" });
  expect([madeOf(told), told.answer?.includes("42")]).toEqual([[["add", { a: 17, b: 25 }, { result: 42 }]], true]);
});

/** The agent over a model that says these things, one a turn, and what it was prompted with at last. */
async function scripted(...replies: readonly string[]): Promise<readonly [Told, string]> {
  let seen = "";
  const turnOf = (prompt: string): number => prompt.split("<|im_start|>assistant").length - 2;
  const model = new ScriptedBackend({ chatTemplate: backend.chatTemplate, reply: (prompt) => replies[turnOf((seen = prompt))] ?? (replies.at(-1) as string) });
  return [await runOver<Told>(reactAgent, { backend: model, input: "?" }), seen];
}
const callOf = (name: string, args: object): string => `<tool_call>\n${JSON.stringify({ name, arguments: args })}\n</tool_call>`;

test("one tool's result goes into the next, in as many turns as it takes", async () => {
  const [{ answer, steps }] = await scripted(callOf("get_price", { item: "cup" }), callOf("get_price", { item: "ring" }), callOf("add", { a: 7, b: 80 }), "87 euros.");
  expect([answer, steps.map(({ observation }) => observation)]).toEqual(["87 euros.", [{ price: 7 }, { price: 80 }, { result: 87 }]]);
});

test("a tool that there is not, one that throws and a call that cannot be read are told to the model", async () => {
  const [{ answer, steps }, seen] = await scripted(callOf("fly", {}), callOf("get_price", { item: "moon" }), '<tool_call>\n{"name": "add", "argu\n</tool_call>', "I cannot.");
  const errors = steps.map(({ observation }) => (observation as { error: string }).error);
  expect([answer, errors.slice(0, 2)]).toEqual(["I cannot.", ["there is no fly, only get_weather, get_price, add", "there is no moon, only ring, cup, map"]]);
  expect(errors.map((error) => seen.includes(JSON.stringify(error)))).toEqual([true, true, true]);
});

test("a model that calls for ever is given up after eight turns", async () => {
  const [{ answer, steps }] = await scripted(callOf("add", { a: 1, b: 1 }));
  expect([answer, steps.length]).toEqual([undefined, 8]);
});

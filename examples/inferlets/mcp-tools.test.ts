import type { Backend } from "@iftk/inferlet";
import { mcpErrorOf } from "@iftk/inferlet/session";
import { ScriptedBackend } from "@iftk/inferlet/testing";
import { openLlama } from "@iftk/llama";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mcpTools } from "./mcp-tools.js";
import { runOver } from "./run-inferlet.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend.close());

interface Told {
  readonly tools: readonly string[];
  readonly calls: readonly { readonly name: string; readonly args: unknown; readonly result: string; readonly isError: boolean }[];
  readonly answer: string;
}

test.each([["Paris", 21], ["Rome", 27]])("the server is asked once for the weather in %s, and the answer says it", async (city, temperature) => {
  const { tools, calls, answer } = await runOver<Told>(mcpTools, { backend, input: `What is the weather in ${city}?` });
  expect([tools, calls.map(({ name, args, isError }) => [name, args, isError])]).toEqual([["get_weather"], [["get_weather", { city }, false]]]);
  expect(answer).toContain(String(temperature));
});

test("what the server could not do is told to the model", async () => {
  const call = `<tool_call>\n${JSON.stringify({ name: "get_weather", arguments: { city: "Atlantis" } })}\n</tool_call>`;
  const model = new ScriptedBackend({ chatTemplate: backend.chatTemplate, reply: (prompt) => (prompt.includes("The weather in Atlantis is not known.") ? "I cannot tell." : call) });
  const { calls, answer } = await runOver<Told>(mcpTools, { backend: model });
  expect([calls.map(({ isError }) => isError), answer]).toEqual([[true], "I cannot tell."]);
});

test("a server that is not registered is refused with code -1", async () => {
  const refused: unknown = await runOver({ ...mcpTools, servers: {} }, { backend }).catch((error: unknown) => error);
  expect([refused, mcpErrorOf(refused)?.code]).toEqual([expect.objectContaining({ code: "not_found", reason: "mcp" }), -1]);
});

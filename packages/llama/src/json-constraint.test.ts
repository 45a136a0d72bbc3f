import { pipe } from "@iftk/core";
import { type ChatRequest, reply, type Reply } from "@iftk/inference";
import { object } from "@iftk/inference/structured";
import type { Backend } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { chat } from "./chat.js";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend[Symbol.asyncDispose]());

const messages: ChatRequest["messages"] = [{ role: "user", content: "Tell me a story about a fox." }];
const ask = (request: Partial<ChatRequest>): Promise<Reply> => pipe(chat({ backend }), reply)({ messages, maxTokens: 200, ...request });

const animal = z.object({ kind: z.enum(["fox", "bear"]), legs: z.int().min(0).max(8), names: z.array(z.string().max(6)).max(2), isWild: z.boolean() });

test.each([0, 1.5])("a reply fits its schema though the model would rather tell a story, at temperature %d", async (temperature) => {
  const schema = z.toJSONSchema(animal);
  for (const seed of [1, 2, 3]) {
    const { text, finish } = await ask({ responseFormat: { type: "json", schema }, temperature, seed });
    expect([animal.safeParse(JSON.parse(text)).success, finish.reason.unified]).toEqual([true, "stop"]);
  }
});

test("an object that does not say whether it is closed is, and without a schema any object will do", async () => {
  const schema = { type: "object", properties: { animal: { enum: ["fox", "bear"] } }, required: ["animal"] };
  expect(Object.keys(JSON.parse((await ask({ responseFormat: { type: "json", schema }, temperature: 0 })).text) as object)).toEqual(["animal"]);
  const { text, finish } = await ask({ messages: [{ role: "user", content: "Extract the entities from: Ana met Leo in Paris." }], responseFormat: { type: "json" }, temperature: 0 });
  expect([finish.reason.unified, typeof JSON.parse(text)]).toEqual(["stop", "object"]);
});

test("an object is asked for with the local model as with any other", async () => {
  expect(animal.parse(await object({ chat: chat({ backend, temperature: 0 }), schema: animal })({ messages }))).toBeTypeOf("object");
});

test("a reply that meets the limit of tokens within its object says so", async () => {
  expect((await ask({ responseFormat: { type: "json", schema: z.toJSONSchema(animal) }, maxTokens: 3, temperature: 0 })).finish.reason).toEqual({ unified: "length", raw: "max-tokens" });
});

test("a schema that cannot be held, and calls of tools beside one, are refused", async () => {
  await expect(ask({ responseFormat: { type: "json", schema: { type: "array", uniqueItems: true } } })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("uniqueItems") });
  const tools = [{ name: "look", parameters: { type: "object" } }];
  await expect(ask({ responseFormat: { type: "json" }, tools })).rejects.toMatchObject({ code: "unimplemented", reason: "option" });
});

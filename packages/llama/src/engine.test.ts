import { pipe } from "@iftk/core";
import { type ChatRequest, reply } from "@iftk/inference";
import { type Backend, PrefixCache } from "@iftk/inferlet";
import { tinyModelPath } from "@iftk/tiny-model";
import { afterAll, beforeAll, expect, test } from "vitest";
import { llama } from "./engine.js";
import { openLlama } from "./llama-backend.js";

let backend: Backend;
let opened = 0;
beforeAll(async () => void (backend = await openLlama({ modelPath: tinyModelPath })));
afterAll(() => backend[Symbol.asyncDispose]());

const engine = llama({ models: { tiny: () => (opened++, opened === 1 ? Promise.reject(new Error("busy")) : backend) } });
const ask = (request: Partial<ChatRequest> = {}, model = "tiny") => pipe(engine.chat({ model, maxTokens: 4, temperature: 0 }), reply)({ messages: [{ role: "user", content: [{ type: "text", text: "Tell me a story." }] }], ...request });

test("a model is opened by the first call, again when that failed, and once for all calls after", async () => {
  await expect(ask()).rejects.toThrow("busy");
  const [one, other] = await Promise.all([ask(), ask()]);
  expect([opened, one.text.length > 0, one.text === other.text]).toEqual([2, true, true]);
});

test("a model that is not there is told with those that are", async () => {
  await expect(ask({}, "toString")).rejects.toMatchObject({ code: "not_found", reason: "model", message: 'llama: there is no model "toString"; there are: tiny' });
});

test("topK and the penalties tune a reply without a warning", async () => {
  const [greedy, one, penalized] = await Promise.all([{}, { topK: 1, temperature: 2, topP: 1 }, { frequencyPenalty: 2, presencePenalty: 2 }].map((request) => ask({ maxTokens: 48, ...request })));
  expect([one?.text === greedy?.text, penalized?.text === greedy?.text, one?.warnings, penalized?.warnings]).toEqual([true, false, [], []]);
});

test("what only tunes a reply is warned of, and what cannot be given is refused", async () => {
  expect((await ask({ reasoning: { effort: "low" } })).warnings).toEqual(["llama: reasoning is ignored"]);
  await expect(ask({ messages: [{ role: "user", content: [{ type: "image", image: { url: "https://example.com/a.png" } }] }] })).rejects.toThrow('content of type "image" cannot be given');
});

test("what was computed is kept, unless it is not to be", async () => {
  const kept = async (prefixCache?: boolean): Promise<number> => {
    PrefixCache.of(backend).clear();
    const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story." }] };
    await pipe(llama({ models: { tiny: backend }, prefixCache }).chat({ model: "tiny", maxTokens: 2 }), reply)(request);
    return PrefixCache.of(backend).keptSequences;
  };
  expect([await kept(), await kept(true), await kept(false)]).toEqual([1, 1, 0]);
});

import { InferenceClient } from "@huggingface/inference";
import { collect } from "@iftk/core";
import { reply, type ChatOptions, type ChatRequest, type Part } from "@iftk/inference";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeHuggingface, faults, huggingfaceReplies, huggingfaceRoutes } from "@iftk/testing/providers";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { chat } from "./chat.js";
import { createClient } from "./client.js";
import { StopText } from "./stop-text.js";

const token = "hf_fake";
const request: ChatRequest = { messages: [{ role: "user", content: "Once" }] };

const fake = await fakeHuggingface({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ChatOptions> = {}, baseUrl = fake.url) => chat(createClient({ apiKey: token, baseUrl }), { model: "any/text-generation", api: "text-generation", ...options });
const ask = (options: Partial<ChatOptions> = {}, more: Partial<ChatRequest> = {}): Promise<Part[]> => collect(stage(options)({ ...request, ...more }));

describe("text generation", () => {
  test("gives the tokens, and what the last event says of them", async () => {
    const parts = await ask({ temperature: 0, topP: 1, maxTokens: 8 });
    expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))).toEqual(["Once", " upon", " a", " time", " — ", "café", " 🦊."]);
    expect(parts.at(-1)).toEqual({ type: "finish", reason: { unified: "stop", raw: "eos_token" }, usage: { inputTokens: 5, outputTokens: 8 } });
    expect(fake.requests[0]?.json()).toEqual({ inputs: "Once", parameters: { details: true, return_full_text: false, max_new_tokens: 8, do_sample: false }, stream: true });
  });

  test("keeps the text at which it stops out of the reply", async () => {
    expect((await reply(stage()({ ...request, stop: ["\nEND"] }))).text).toBe("One.\nEcho.");
  });

  test("tells log-probabilities with alternatives", async () => {
    const [, second] = await ask({}, { logprobs: 1 });
    expect(second).toEqual({ type: "text-delta", text: " upon", logprobs: [{ token: " upon", logprob: -0.25, alternatives: [{ token: " The", logprob: -4 }] }] });
  });

  test("a reply that comes whole gives the same text", async () => {
    expect((await reply(stage({ raw: { stream: false } })(request))).text).toBe((await reply(stage()(request))).text);
  });

  test("an error event fails the reply after the text before it", async () => {
    fake.faultOn(huggingfaceRoutes.task, faults.status(200, { headers: { "content-type": "text/event-stream" }, body: huggingfaceReplies.textGeneration.overloaded }));
    await expect(ask()).rejects.toMatchObject({ code: "unavailable", reason: "overloaded", message: "huggingface: Model is overloaded" });
  });

  test("a grammar is sent for a schema, and configured parameters are put over single ones", async () => {
    await ask({ raw: { parameters: { repetition_penalty: 1.1 } } }, { responseFormat: { type: "json", schema: { type: "object" } }, maxTokens: 3 });
    expect(fake.requests[0]?.json()).toMatchObject({ parameters: { max_new_tokens: 3, repetition_penalty: 1.1, grammar: { type: "json", value: { type: "object" } } } });
  });

  test.each<[string, Partial<ChatRequest>]>([
    ["tools", { tools: [{ name: "a", parameters: {} }] }],
    ["choices", { choices: 2 }],
    ["responseFormat", { responseFormat: { type: "json" } }],
    ["messages", { messages: [...request.messages, { role: "assistant", content: "upon" }, { role: "user", content: "a" }] }],
  ])("%s that it has no way to honour are refused by name", async (option, more) => {
    await expect(ask({}, more)).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining(`huggingface: ${option}: `) });
    expect(fake.requests).toEqual([]);
  });

  test("another provider than hf-inference is refused", async () => {
    await expect(ask({ model: "any/text-generation:together" })).rejects.toMatchObject({ code: "unimplemented", message: expect.stringContaining("not by together") });
  });
});

test("the vendor's SDK makes the same of the same bytes", async () => {
  const ours = await ask();
  let theirs = "";
  let last: string | null = null;
  const events = new InferenceClient(token).textGenerationStream({ endpointUrl: fake.url, inputs: "Once" }, { fetch: (_, init) => fetch(`${fake.url}/hf-inference/models/any/text-generation`, { ...init, body: JSON.stringify({ inputs: "Once", stream: true }) }) });
  for await (const { token: of, generated_text: whole } of events) {
    if (!of.special) theirs += of.text;
    last = whole;
  }
  expect(ours.flatMap((part) => (part.type === "text-delta" ? [part.text] : [])).join("")).toBe(theirs);
  expect(theirs).toBe(last);
});

describe("StopText", () => {
  test("lets through all up to the first stop, however the text is cut", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 30 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(letters, stops, fc.infiniteStream(fc.integer({ min: 1, max: 5 })), (whole, of, sizes) => {
        const stop = new StopText(of);
        let given = "";
        for (let at = 0; at < whole.length; ) {
          const size = sizes.next().value ?? 1;
          given += stop.add(whole.slice(at, at + size));
          at += size;
        }
        given += stop.end();
        const ends = of.map((one) => whole.indexOf(one) + one.length).filter((_, index) => whole.includes(of[index] as string));
        // The stop that is complete first ends the reply; of those that are complete in one piece, the one that begins first.
        expect(ends.length === 0 ? given === whole : whole.startsWith(given) && of.every((one) => !given.includes(one))).toBe(true);
      }),
    );
  });
});

const streamed = { fake: () => fakeHuggingface({ token }), input: request, key: token };
engineLaws({ ...streamed, name: "text generation of Hugging Face", stage: (baseUrl) => stage({}, baseUrl), wholeBody: huggingfaceReplies.textGeneration.text, isStreamed: true });
engineLaws({ ...streamed, name: "text generation of Hugging Face, whole", stage: (baseUrl) => stage({ raw: { stream: false } }, baseUrl), wholeBody: huggingfaceReplies.textGeneration.whole, isStreamed: false });

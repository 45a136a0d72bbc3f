import { collect, outputStream, pipe, StageError } from "@iftk/core";
import { expect, test } from "vitest";
import type { ChatRequest } from "../chat.js";
import type { ChatOptions, Engine } from "../engine.js";
import type { ImageAnalysisPart, ImageAnalysisRequest } from "../image-analysis.js";
import { textOf } from "../message-content.js";
import type { Finish, Part } from "../part.js";
import { text } from "../text.js";
import { modelRouter } from "./model-router.js";

const finish: Finish = { type: "finish", reason: { unified: "stop", raw: "end" }, usage: { inputTokens: 1, outputTokens: 1 } };

/** An engine as its user writes one: it says what it was opened with, and then what it was told. */
const mirror: Engine = {
  provider: "mirror",
  chat: (options: ChatOptions) =>
    outputStream(async function* mirror({ messages }: ChatRequest) {
      for (const said of [JSON.stringify(options), ...messages.map((message) => `${message.role}: ${textOf(message, "mirror")}`)]) yield { type: "text-delta", text: `${said}\n` } satisfies Part;
      yield finish;
    }),
};
const seeing: Engine = {
  provider: "seeing",
  imageAnalysis: () =>
    outputStream(async function* seeing(_: ImageAnalysisRequest) {
      yield { type: "analysis", analysis: { description: "a cat" } } satisfies ImageAnalysisPart;
      yield finish;
    }),
};

const router = modelRouter({
  engines: [mirror, seeing],
  models: [
    { slug: "glass", provider: "mirror", name: "glass-1", api: "v2", parameters: { temperature: 0.7, maxTokens: 100 }, raw: { tint: 1, frame: "wood" } },
    { slug: "story-generation", description: "Stories.", model: "glass", parameters: { maxTokens: 500 }, raw: { tint: 2 } },
    { slug: "typo", model: "glass", parameters: { max_tokens: 500 } },
    { slug: "eye", provider: "seeing", name: "eye-1" },
    { slug: "lost", provider: "nowhere", name: "x" },
  ],
});

const told = async (model: Parameters<typeof router.textToText>[0], system?: string): Promise<string[]> => (await collect(pipe(router.textToText(model, system === undefined ? {} : { system }), text)("Hello"))).map((line) => line.trimEnd());
const refusal = (work: () => unknown): unknown[] => {
  try {
    work();
  } catch (error) {
    if (StageError.is(error)) return [error.code, error.reason, error.message];
  }
  return [];
};

test("a slug gives the stage of its model, with the configuration's parameters over the model's own", async () => {
  const options = (maxTokens: number, tint: number): string => JSON.stringify({ maxTokens, temperature: 0.7, model: "glass-1", api: "v2", raw: { tint, frame: "wood" } });
  expect([await told("glass"), await told("story-generation", "Be brief.")]).toEqual([
    [options(100, 1), "user: Hello"],
    [options(500, 2), "system: Be brief.", "user: Hello"],
  ]);
});

test("a model and a configuration may be given in place of a slug", async () => {
  const model = { slug: "new", provider: "mirror", name: "new-1" };
  expect([await told(model), await told({ slug: "use", model, parameters: { seed: 7 } }), await told({ slug: "use", model: "glass", parameters: { seed: 7 } })].map(([options = ""]) => options)).toEqual([
    '{"model":"new-1"}',
    '{"seed":7,"model":"new-1"}',
    '{"maxTokens":100,"temperature":0.7,"seed":7,"model":"glass-1","api":"v2","raw":{"tint":1,"frame":"wood"}}',
  ]);
});

test("a parameter that is undefined leaves the model's own", async () => {
  const [options] = await told({ slug: "use", model: "glass", parameters: { temperature: undefined, maxTokens: 5 } });
  expect(JSON.parse(options ?? "")).toMatchObject({ temperature: 0.7, maxTokens: 5 });
});

test("what is not there is told with what there is", () => {
  expect([refusal(() => router.chat("toString")), refusal(() => router.chat("lost")), refusal(() => router.textToImage("glass")), refusal(() => router.chat("eye")), refusal(() => router.chat("typo"))]).toEqual([
    ["not_found", "model", expect.stringMatching(/^there is no model "toString"; there are: openai\/gpt.*, glass, story-generation, typo, eye, lost$/su)],
    ["not_found", "provider", 'model "lost": there is no engine of provider "nowhere"; there are: mirror, seeing'],
    ["not_found", "capability", 'model "glass": provider "mirror" has no textToImage; it has: chat'],
    ["not_found", "capability", 'model "eye": provider "seeing" has no chat; it has: imageAnalysis'],
    ["invalid_argument", undefined, 'parameters of model "typo": unknown field "max_tokens"'],
  ]);
});

test("a configuration of a model that is not known is refused at once, and one that is not valid with its place", () => {
  expect([refusal(() => modelRouter({ engines: [], models: [{ slug: "a", model: "b" }] })), refusal(() => modelRouter({ engines: [], models: [{ slug: "a b", provider: "mirror", name: "x" }] }))]).toEqual([
    ["not_found", "model", expect.stringContaining('there is no model "b"')],
    ["invalid_argument", undefined, "slug: expected 1 to 128 letters, digits and . _ - : /"],
  ]);
  expect(refusal(() => modelRouter({ engines: [], models: [{ slug: "a", model: "c" }, { slug: "c", model: "a" }] }))).toEqual(["invalid_argument", undefined, 'model configuration "a": its model "c" is itself a configuration; name a model']);
});

test("images are looked at by an engine that does so, else by one that chats and sees", async () => {
  const image: ImageAnalysisRequest = { image: { url: "https://example.com/cat.png" } };
  expect(await collect(router.imageAnalysis("eye")(image))).toEqual([{ type: "analysis", analysis: { description: "a cat" } }, finish]);
  await expect(collect(router.imageAnalysis("glass")(image))).rejects.toThrow('mirror: a message with content of type "image" cannot be given');
});

test("a model that chats is configured for looking at images in the words of both", async () => {
  const asked: string[] = [];
  const options: unknown[] = [];
  const sighted: Engine = {
    provider: "sighted",
    chat: (given) => {
      options.push(given);
      return outputStream(async function* sighted({ messages: [message] }: ChatRequest) {
        const [wishes] = message && typeof message.content !== "string" ? message.content : [];
        asked.push(wishes?.type === "text" ? wishes.text.split("\n").slice(1).join(" ") : "");
        yield { type: "text-delta", text: '{"description":"a cat","people":[],"objects":[],"textFragments":[],"atmosphere":"","setting":""}' } satisfies Part;
        yield finish;
      });
    },
  };
  const look = (parameters: Record<string, unknown>) => modelRouter({ engines: [sighted], models: [{ slug: "s", provider: "sighted", name: "s1", parameters }] }).imageAnalysis("s");
  const image = { url: "https://example.com/cat.png" };
  const configured = look({ temperature: 0, prompt: "Look for cats.", language: "fr" });
  for (const request of [{ image }, { image, language: "de" }]) await collect(configured(request));
  expect([asked, options]).toEqual([["Look for cats. Answer in this language: fr.", "Look for cats. Answer in this language: de."], [{ temperature: 0, model: "s1" }]]);
  expect(refusal(() => look({ prompt: 5 }))).toEqual(["invalid_argument", undefined, "prompt: expected string, received number"]);
});

test("an engine's stages are tried again as the router was told", async () => {
  let calls = 0;
  const flaky: Engine = {
    provider: "flaky",
    chat: () =>
      outputStream(async function* flaky(_: ChatRequest) {
        if (++calls % 2 === 1) throw new StageError("unavailable", "busy");
        yield finish;
      }),
  };
  const model = { slug: "flaky", provider: "flaky", name: "one" };
  const request: ChatRequest = { messages: [{ role: "user", content: "Hello" }] };
  const stubborn = modelRouter({ engines: [flaky], models: [model], resilience: { retry: { backoff: { initial: 0 } } } });
  expect([await collect(stubborn.chat("flaky")(request)), calls, stubborn.providers()]).toEqual([[finish], 2, [{ provider: "flaky", capabilities: ["chat"] }]]);
  await expect(collect(modelRouter({ engines: [flaky], models: [model], resilience: false }).chat("flaky")(request))).rejects.toThrow("busy");
});

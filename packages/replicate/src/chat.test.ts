import { collect, pipe } from "@iftk/core";
import { text, type ChatOptions, type ChatRequest, type Part } from "@iftk/inference";
import { stageLaws, turns } from "@iftk/testing";
import { engineLaws } from "@iftk/testing/engine-laws";
import { fakeReplicate, faults, replicateReplies, replicateRoutes } from "@iftk/testing/providers";
import Replicate from "replicate";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import type { ReplicateOptions } from "./client.js";
import { replicate } from "./engine.js";
import { comparable } from "./fixtures/comparable.js";

const token = "r8_fake";
const model = "meta/meta-llama-3-70b-instruct";
const request: ChatRequest = { messages: [{ role: "user", content: "Tell me a story." }] };
const story = "Once upon a time — café\n🦊.";

const fake = await fakeReplicate({ token });
beforeEach(() => fake.clear());
afterAll(() => fake.close());

const stage = (options: Partial<ChatOptions> = {}, engine: ReplicateOptions = {}, url = fake.url) => replicate({ apiKey: token, baseUrl: `${url}/v1`, pollInterval: 1, ...engine }).chat({ model, ...options });
const ask = (options: Partial<ChatOptions> = {}, more: Partial<ChatRequest> = {}, engine: ReplicateOptions = {}): Promise<Part[]> => collect(stage(options, engine)({ ...request, ...more }));
const paths = (): string[] => fake.requests.map(({ method, path }) => `${method} ${path.replace(/p\d{8}/, ":id")}`);
const body = (): unknown => fake.requests.find(({ method, path }) => method === "POST" && path.endsWith("/predictions"))?.json();
const warnings = (parts: readonly Part[]): string[] => parts.flatMap((part) => (part.type === "warning" ? [part.message] : []));

describe("a language model", () => {
  test("streams its text; what it used is looked up at the end", async () => {
    const parts = await ask();
    expect(parts.slice(0, -1)).toEqual(["Once", " upon", " a", " time", " — ", "café\n", "🦊."].map((piece) => ({ type: "text-delta", text: piece })));
    expect(parts.at(-1)).toEqual({ type: "finish", reason: { unified: "stop", raw: "succeeded" }, usage: { inputTokens: 42, outputTokens: 7 }, response: { id: expect.stringMatching(/^p\d+$/), model } });
    expect(paths()).toEqual([`GET /v1/models/${model}`, `POST /v1/models/${model}/predictions`, "GET /v1/stream/:id", "GET /v1/predictions/:id"]);
    expect(body()).toEqual({ input: { prompt: "Tell me a story." } });
  });

  test("that does not stream is asked until it is through, and its text comes as it grows", async () => {
    const parts = await ask({ model: "any/plain-text" });
    expect(parts.flatMap((part) => (part.type === "text-delta" ? [part.text] : []))).toEqual(["Once upon", " a time", " — café\n🦊."]);
    expect(parts.at(-1)).toMatchObject({ type: "finish", usage: { inputTokens: 42, outputTokens: 7 } });
  });

  test("is given what the request asks in its own names, and `raw` over it", async () => {
    await ask(
      { raw: { min_tokens: 3, seed: 8 } },
      { messages: [{ role: "system", content: "Be short." }, ...request.messages], maxTokens: 9, temperature: 0.5, topP: 0.9, topK: 4, seed: 7, stop: ["END", "."], frequencyPenalty: 0.1, presencePenalty: 0.2 },
    );
    expect(body()).toEqual({
      input: { prompt: "Tell me a story.", system_prompt: "Be short.", max_tokens: 9, temperature: 0.5, top_p: 0.9, top_k: 4, seed: 8, stop_sequences: "END,.", frequency_penalty: 0.1, presence_penalty: 0.2, min_tokens: 3 },
    });
  });

  test("without an input for it is told the system's words in the prompt, and the rest is left out with warnings", async () => {
    const parts = await ask({ model: "any/plain-text" }, { messages: [{ role: "system", content: "Be short." }, ...request.messages], maxTokens: 9, temperature: 0.5, reasoning: { effort: "low" } });
    expect(body()).toEqual({ input: { prompt: "Be short.\n\nTell me a story.", max_new_tokens: 9 } });
    expect(warnings(parts)).toEqual(["replicate: temperature is left out: this model has no such input", "replicate: reasoning.effort is left out: this model has no such input"]);
  });

  test("is given a conversation as a transcript", async () => {
    await ask({}, { messages: [{ role: "user", content: "Hi." }, { role: "assistant", content: [{ type: "reasoning", text: "hm" }, { type: "text", text: "Hello." }] }, { role: "user", content: "Go on." }] });
    expect(body()).toEqual({ input: { prompt: "User: Hi.\n\nAssistant: Hello.\n\nUser: Go on.\n\nAssistant:" } });
  });

  test("is given images where it takes them, one or a list", async () => {
    const image = { type: "image", image: { data: new Uint8Array([1, 2, 3]), mediaType: "image/png" } } as const;
    const messages: ChatRequest["messages"] = [{ role: "user", content: [{ type: "text", text: "What is it?" }, image] }];
    await ask({ model: "yorickvp/llava-13b" }, { messages });
    expect(body()).toEqual({ input: { prompt: "What is it?", image: "data:image/png;base64,AQID" } });
    fake.clear();
    await ask({ model: "any/many-images" }, { messages });
    expect(body()).toEqual({ input: { prompt: "What is it?", image_input: ["data:image/png;base64,AQID"] } });
    await expect(ask({}, { messages })).rejects.toMatchObject({ code: "unimplemented", message: "replicate: messages: images: this model has no such input" });
  });

  test("in one version of it is asked for by that version", async () => {
    await ask({ model: `${model}:v1` });
    expect(paths().slice(0, 2)).toEqual([`GET /v1/models/${model}/versions/v1`, "POST /v1/predictions"]);
    expect(body()).toEqual({ version: "v1", input: { prompt: "Tell me a story." } });
  });

  test("is asked for its schema once, or never where that is switched off", async () => {
    const engine = replicate({ apiKey: token, baseUrl: `${fake.url}/v1` }).chat({ model });
    await collect(engine(request));
    await collect(engine(request));
    expect(paths().filter((path) => path.startsWith("GET /v1/models/"))).toHaveLength(1);
    fake.clear();
    await ask({}, { maxTokens: 5 }, { readSchema: false });
    expect([paths()[0], body()]).toEqual([`POST /v1/models/${model}/predictions`, { input: { prompt: "Tell me a story.", max_tokens: 5 } }]);
  });

  test.each<[string, Partial<ChatRequest>]>([
    ["tools", { tools: [{ name: "a", parameters: {} }] }],
    ["responseFormat", { responseFormat: { type: "json" } }],
    ["logprobs", { logprobs: 1 }],
    ["choices", { choices: 2 }],
    ["messages", { messages: [{ role: "tool", content: "x", toolCallId: "1" }] }],
  ])("cannot honour %s, which is refused by name before anything is sent", async (option, more) => {
    await expect(ask({}, more)).rejects.toMatchObject({ code: "unimplemented", reason: "option", message: expect.stringContaining(`replicate: ${option}: `) });
    expect(fake.requests).toEqual([]);
  });
});

describe("a prediction that fails", () => {
  const failing = (words: string): Promise<string[]> => collect(text(stage()({ messages: [{ role: "user", content: `fail: ${words}` }] })));

  test("fails the reply by what its model says", async () => {
    await expect(failing("NSFW content detected in the prompt.")).rejects.toMatchObject({ code: "invalid_argument", reason: "content-filter" });
    await expect(failing("Prediction interrupted; please retry (code: PA)")).rejects.toMatchObject({ code: "unavailable", message: "replicate: Prediction interrupted; please retry (code: PA)" });
    await expect(failing("list index out of range")).rejects.toMatchObject({ code: "internal", message: "replicate: list index out of range" });
  });

  test("fails the reply when it is canceled by someone else", async () => {
    fake.faultOn(replicateRoutes.stream, faults.status(200, { headers: { "content-type": "text/event-stream" }, body: 'event: output\ndata: Once\n\nevent: done\ndata: {"reason":"canceled"}\n\n' }));
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const piece of text(stage()(request))) seen.push(piece);
    };
    await expect(read()).rejects.toMatchObject({ code: "canceled", message: "replicate: the prediction was canceled" });
    expect(seen).toEqual(["Once"]);
  });

  test("is told as what it is when the input is refused", async () => {
    await expect(ask({ raw: { nonsense: 1 } })).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("input.nonsense") });
    await expect(ask({ model: "nobody/nothing" })).rejects.toMatchObject({ code: "not_found" });
    await expect(ask({ model: "nothing" })).rejects.toMatchObject({ code: "invalid_argument", message: 'replicate: a model is named owner/name or owner/name:version, not "nothing"' });
  });
});

describe("a prediction that is left", () => {
  const cancels = (): string[] => paths().filter((path) => path.endsWith("/cancel"));
  const untilCancelled = async (): Promise<void> => {
    for (let turn = 0; turn < 500 && cancels().length === 0; turn++) await turns();
    await fake.idle();
  };

  test("is cancelled when its reader leaves", async () => {
    fake.faultOn(replicateRoutes.stream, faults.stall(120));
    for await (const part of stage()(request)) if (part.type === "text-delta") break;
    await untilCancelled();
    expect(cancels()).toEqual(["POST /v1/predictions/:id/cancel"]);
  });

  test("is cancelled when the call is aborted, and when its stream breaks", async () => {
    fake.faultOn(replicateRoutes.stream, faults.hold());
    const controller = new AbortController();
    const reading = collect(stage()(request, { signal: controller.signal }));
    reading.catch(() => {}); // observed below
    while (!paths().includes("GET /v1/stream/:id")) await turns();
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await untilCancelled();
    expect(cancels()).toHaveLength(1);
    fake.clear();
    fake.faultOn(replicateRoutes.stream, faults.truncate(100));
    await expect(ask()).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
    await untilCancelled();
    expect(cancels()).toHaveLength(1);
  });

  test("is not cancelled once it is through", async () => {
    await ask();
    await turns(20);
    expect(cancels()).toEqual([]);
  });

  test("tells nobody that its cancellation failed, and is given the deadline of the call from the start", async () => {
    fake.faultOn(replicateRoutes.stream, faults.stall(120));
    fake.faultOn(replicateRoutes.cancel, faults.status(500));
    for await (const part of stage()(request, { deadline: Date.now() + 90_000 })) if (part.type === "text-delta") break;
    await untilCancelled();
    expect(fake.requests.find(({ path }) => path.endsWith("/predictions"))?.headers.get("cancel-after")).toMatch(/^(89|90)s$/);
  });
});

describe("the vendor's SDK", () => {
  const sdk = new Replicate({ auth: token, baseUrl: `${fake.url}/v1` });

  test("makes the same of the same stream", async () => {
    let theirs = "";
    for await (const event of sdk.stream(model, { input: { prompt: "Tell me a story." } })) theirs += event.event === "output" ? event.data : "";
    expect((await collect(text(stage()(request)))).join("")).toBe(theirs);
    expect(theirs).toBe(story);
  });

  test("makes the same of the same states", async () => {
    const theirs = (await sdk.run("any/plain-text", { input: { prompt: "Tell me a story." }, wait: { mode: "poll", interval: 1 } })) as string[];
    expect((await collect(text(stage({ model: "any/plain-text" })(request)))).join("")).toBe(theirs.join(""));
  });

  test("can lend its token and address", async () => {
    expect(await collect(text(replicate({ client: sdk }).chat({ model })(request)))).toHaveLength(7);
  });
});


stageLaws("chat of Replicate", { stage: () => stage(), input: [request], isReleased: () => fake.openSockets === 0, patience: 3000, soon: 20 });

engineLaws({ name: "chat of Replicate", fake: () => fakeReplicate({ token }), route: replicateRoutes.stream, key: token, stage: (url) => pipe(stage({}, {}, url), comparable), input: request, wholeBody: replicateReplies.stream, isStreamed: true });

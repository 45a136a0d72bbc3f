import { collect, from, outputStream, type Stream } from "@iftk/core";
import { implement } from "@iftk/core/task";
import { feed, stageLaws, taskLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import type { ChatRequest } from "../chat.js";
import { textOf } from "../message-content.js";
import type { Finish, Part } from "../part.js";
import { textGeneration, type TextGenerationParameters } from "./text-generation.js";
import { textGenerationFromChat } from "./text-generation-from-chat.js";

const finishWith = (unified: Finish["reason"]["unified"], raw = "why"): Finish => ({ type: "finish", reason: { unified, raw }, usage: { inputTokens: 3, outputTokens: 2 } });

/** An engine that says backwards what it is told, word by word, and tells what it was asked. */
const backwards = (asked: ChatRequest[] = [], finish: Part | undefined = finishWith("stop")) =>
  outputStream(async function* backwards(request: ChatRequest): Stream<Part> {
    asked.push(request);
    yield { type: "reasoning-delta", text: "hm" };
    yield { type: "warning", message: "careful" };
    const said = request.messages.at(-1);
    for (const word of (said ? textOf(said, "backwards") : "").match(/\S+\s*/g)?.toReversed() ?? []) yield { type: "text-delta", text: word };
    if (finish) yield finish;
  });

const generation = textGenerationFromChat(backwards());
const details = { finishReason: "EOS_TOKEN" as const, generatedTokens: 2, inputTokenCount: 3 };

taskLaws("textGenerationFromChat", { task: textGeneration, implementation: generation, wholes: ["", "one two three", "A sentence. Another one! "], parameters: { decodingMethod: "SAMPLING", seed: 7 } });
taskLaws("textGeneration with tokens", {
  task: textGeneration,
  implementation: implement(textGeneration, { unary: (text) => ({ generatedText: text, ...details, tokens: text === "" ? [] : [{ text, logprob: -0.1, rank: 1 }] }) }),
  wholes: ["", "One. Two."],
});
stageLaws("textGenerationFromChat", {
  stage: () => generation.outputStream,
  input: ["one two"],
  output: [{ generatedText: "two" }, { generatedText: "one " }, { generatedText: "", details }],
  cut: { stage: () => textGenerationFromChat(feedless).outputStream },
});
const feedless = outputStream((_request: ChatRequest): Stream<Part> => feed<Part>({ type: "text-delta", text: "cut o" }));

test("a generation has the defaults of its kind, and its parameters are checked", () => {
  expect(textGeneration.parameters?.["~standard"].validate({})).toEqual({
    value: { maxNewTokens: 20, minNewTokens: 0, truncateInputTokens: 0, decodingMethod: "GREEDY" },
  });
  const refused: [Partial<TextGenerationParameters>, string][] = [
    [{ minNewTokens: 21 }, "text-generation: parameters: minNewTokens: expected at most maxNewTokens"],
    [{ temperature: 0.7 }, "text-generation: parameters: decodingMethod: GREEDY takes no temperature, topK, topP, typicalP or seed; set SAMPLING, or leave them out"],
    [{ maxNewTokens: 0 }, "text-generation: parameters: maxNewTokens: Too small: expected number to be >0"],
  ];
  for (const [parameters, message] of refused) expect(() => generation.with(parameters)).toThrow(expect.objectContaining({ code: "invalid_argument", message }));
});

test("pieces that end without details are a text that is cut off", async () => {
  await expect(textGeneration.joinOutput(from([{ generatedText: "cut o" }]))).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
});

describe("textGenerationFromChat", () => {
  test("gives the text of the reply as it comes, and last how it ended", async () => {
    expect([await generation.run("one two"), await collect(generation.with({ decodingMethod: "SAMPLING", seed: 5 }).outputStream("one"))]).toEqual([
      { generatedText: "twoone ", ...details },
      [{ generatedText: "one" }, { generatedText: "", details: { ...details, seed: 5 } }],
    ]);
  });

  test("asks in the words of a chat request", async () => {
    const asked: ChatRequest[] = [];
    const prompted = textGenerationFromChat(backwards(asked), { system: "Be brief." });
    await prompted.run("hi");
    await prompted.with({ decodingMethod: "SAMPLING", maxNewTokens: 5, temperature: 0.5, topP: 0.9, seed: 3, stopSequences: ["\n"] }).run("hi");
    const messages = [{ role: "system", content: "Be brief." }, { role: "user", content: "hi" }];
    expect(asked).toEqual([
      { messages, maxTokens: 20, temperature: 0 },
      { messages, maxTokens: 5, temperature: 0.5, topP: 0.9, seed: 3, stop: ["\n"] },
    ]);
  });

  test.each<[Partial<TextGenerationParameters>, string]>([
    [{ minNewTokens: 1 }, "minNewTokens is not supported by a chat engine; leave it out"],
    [{ truncateInputTokens: 1 }, "truncateInputTokens is not supported by a chat engine; leave it out"],
    [{ decodingMethod: "SAMPLING", topK: 1 }, "topK is not supported by a chat engine; leave it out"],
    [{ decodingMethod: "SAMPLING", typicalP: 0.5 }, "typicalP is not supported by a chat engine; leave it out"],
    [{ repetitionPenalty: 2 }, "repetitionPenalty is not supported by a chat engine; leave it out"],
    [{ maxTime: 1 }, "maxTime is not supported by a chat engine; give the call a deadline"],
    [{ exponentialDecayLengthPenalty: { startIndex: 1, decayFactor: 2 } }, "exponentialDecayLengthPenalty is not supported by a chat engine; leave it out"],
  ])("refuses %o, which it cannot honour", async (parameters, message) => {
    await expect(generation.with(parameters).run("hi")).rejects.toMatchObject({ code: "invalid_argument", message: `text-generation: ${message}` });
  });

  test.each([
    ["stop", "<|im_end|>", "EOS_TOKEN"],
    ["stop", "stop-text", "STOP_SEQUENCE"],
    ["stop", "stop_sequence", "STOP_SEQUENCE"],
    ["length", "max-tokens", "MAX_TOKENS"],
    ["length", "context", "TOKEN_LIMIT"],
    ["other", "why", "EOS_TOKEN"],
  ] as const)("calls a reply that ended by %s (%s) %s", async (unified, raw, finishReason) => {
    expect(await textGenerationFromChat(backwards([], finishWith(unified, raw))).run("")).toMatchObject({ finishReason });
  });

  test.each([
    ["aborted", "canceled", "truncated"],
    ["error", "unknown", "truncated"],
    ["content-filter", "failed_precondition", "content-filter"],
  ] as const)("does not end normally when the reply ended by %s", async (unified, code, reason) => {
    await expect(textGenerationFromChat(backwards([], finishWith(unified))).run("hi")).rejects.toMatchObject({ code, reason });
  });
});

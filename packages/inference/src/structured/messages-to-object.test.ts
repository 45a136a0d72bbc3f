import { collect, outputStream, StageError, type Stream } from "@iftk/core";
import { rollback } from "@iftk/core/interceptors";
import { feed, hang, stageLaws } from "@iftk/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { ChatRequest } from "../chat.js";
import { deltas, finish, scriptedChat } from "../fixtures/scripted-chat.js";
import type { Part, RevisablePart } from "../part.js";
import { messagesToObject } from "./messages-to-object.js";
import type { ObjectPart } from "./object-part.js";
import { partialOf } from "./partial-of.js";

const schema = z.object({ name: z.string(), age: z.number().int() });
const request: ChatRequest = { messages: [{ role: "user", content: "Who is it?" }] };
const ada = '{"name":"Ada","age":36}';
const told = { type: "object", properties: { name: { type: "string" }, age: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER } }, required: ["name", "age"], additionalProperties: false };

/** The parts, and the error that ended them. */
async function seen(parts: Stream<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  try {
    for await (const part of parts) found.push(part);
  } catch (error) {
    found.push(error);
  }
  return found;
}

const ask = (...answers: readonly (readonly (RevisablePart | Error)[])[]): Promise<unknown[]> => seen(messagesToObject({ chat: scriptedChat(...answers).chat, schema })(request));
const typesOf = (parts: readonly unknown[]): unknown[] => parts.map((part) => (part instanceof StageError ? [part.code, part.reason] : (part as ObjectPart<unknown>).type));

stageLaws("messagesToObject", {
  stage: () => messagesToObject({ chat: scriptedChat([...deltas(ada, 10), finish()]).chat, schema }),
  input: [request],
  output: [{ type: "object-partial", value: { name: "A" } }, { type: "object-partial", value: { name: "Ada" } }, { type: "object-partial", value: { name: "Ada", age: 36 } }, { type: "object", object: { name: "Ada", age: 36 } }, finish()],
  hanging: () => messagesToObject({ chat: outputStream(() => hang<Part>()), schema }),
  cut: { stage: () => messagesToObject({ chat: scriptedChat(deltas(ada, 10)).chat, schema, attempts: 1 }) },
});

test("an object is shown as it comes, then given whole and as the schema makes it, before the finish", async () => {
  const counted = z.object({ name: z.string().transform((name) => name.length), age: z.number().default(7) });
  const { chat, requests } = scriptedChat([{ type: "reasoning-delta", text: "Hm" }, { type: "warning", message: "careful" }, ...deltas('{"name":"Ada"}', 8), { type: "usage", usage: { inputTokens: 10, outputTokens: 2 } }, finish()]);
  expect(await collect(messagesToObject({ chat, schema: counted, name: "person", description: "Who it is." })(request))).toEqual([
    { type: "warning", message: "careful" },
    { type: "object-partial", value: {} },
    { type: "object-partial", value: { name: "Ada" } },
    { type: "usage", usage: { inputTokens: 10, outputTokens: 2 } },
    { type: "object", object: { name: 3, age: 7 } },
    finish(),
  ]);
  expect(requests).toEqual([
    { ...request, responseFormat: { type: "json", name: "person", description: "Who it is.", schema: { type: "object", properties: { name: { type: "string" }, age: { default: 7, type: "number" } }, required: ["name"], additionalProperties: false } } },
  ]);
});

test("parts that come together give one partial object", async () => {
  const chat = outputStream((_: ChatRequest) => [...deltas(ada, 2), finish()] as unknown as Stream<Part>);
  expect(typesOf(await seen(messagesToObject({ chat, schema })(request)))).toEqual(["object-partial", "object", "finish"]);
});

test("an answer that does not fit is shown again with its issues, and the usage of all answers is summed", async () => {
  const wrong = '{"name":5,"age":1.5}';
  const { chat, requests } = scriptedChat([...deltas(wrong, 30), finish("stop", 10, 5)], [...deltas(ada, 30), { type: "usage", usage: { inputTokens: 1, outputTokens: 1 } }, finish("stop", 30, 6)]);
  const issues = "it does not fit the schema: name: Invalid input: expected string, received number; age: Invalid input: expected int, received number";
  expect(await collect(messagesToObject({ chat, schema })(request))).toEqual([
    { type: "object-partial", value: { name: 5, age: 1.5 } },
    { type: "usage", usage: { inputTokens: 10, outputTokens: 5 } },
    { type: "warning", message: `object: attempt 1 of 3: the answer cannot be used and is asked for again: ${issues}` },
    { type: "object-partial", value: { name: "Ada", age: 36 } },
    { type: "usage", usage: { inputTokens: 11, outputTokens: 6 } },
    { type: "object", object: { name: "Ada", age: 36 } },
    finish("stop", 40, 11),
  ]);
  expect(requests[1]).toEqual({
    responseFormat: { type: "json", name: "object", schema: told },
    messages: [...request.messages, { role: "assistant", content: wrong }, { role: "user", content: `That answer cannot be used: ${issues}\nGive the whole answer again, corrected.` }],
  });
});

test("an answer is shown again with the phases of its texts, and without its reasoning", async () => {
  const labelled: Part[] = [{ type: "text-delta", text: "Well", phase: "commentary" }, { type: "reasoning", text: "Hm" }, { type: "text-delta", text: "... ", phase: "commentary" }, { type: "text-delta", text: "{}", phase: "answer" }];
  const { chat, requests } = scriptedChat([...labelled, finish()], [...deltas(ada), finish()]);
  await collect(messagesToObject({ chat, schema })(request));
  expect(requests[1]?.messages[1]).toStrictEqual({ role: "assistant", content: [{ type: "text", text: "Well... ", phase: "commentary" }, { type: "text", text: "{}", phase: "answer" }] });
});

describe("the last answer that cannot be used fails the call", () => {
  test.each<[string, readonly RevisablePart[], unknown[], string, unknown]>([
    ["does not fit", [...deltas('{"name":"Ada"}'), finish()], ["internal", "invalid-object"], "age: Invalid input: expected number, received undefined", { name: "Ada" }],
    ["is no JSON", [...deltas('{"name":"Ada" oh'), finish()], ["internal", "invalid-object"], 'malformed JSON at position 14: expected "," or the closing bracket, found "o"', { name: "Ada" }],
    ["is empty", [finish()], ["internal", "truncated"], "the JSON text is cut off after 0 characters", undefined],
    ["is JSON without its end", [...deltas('{"name":"Ada","a'), finish()], ["internal", "truncated"], "the JSON text is cut off after 16 characters", { name: "Ada" }],
    ["met the limit of tokens", [...deltas('{"name":"Ad'), finish("length")], ["failed_precondition", "truncated"], "it was cut off at the limit of tokens", { name: "Ad" }],
    ["met the limit of tokens though it is whole", [...deltas(ada), finish("length")], ["failed_precondition", "truncated"], "it was cut off at the limit of tokens", { name: "Ada", age: 36 }],
    ["was cut off by a filter", [...deltas('{"name":"Ad'), finish("content-filter")], ["invalid_argument", "content-filter"], "it was cut off by a content filter", { name: "Ad" }],
  ])("when it %s, with what there was of the object", async (_name, answer, codes, message, partial) => {
    const { chat, requests } = scriptedChat(answer, answer);
    const parts = await seen(messagesToObject({ chat, schema, attempts: 2 })(request));
    const error = parts.at(-1) as StageError;
    expect([[error.code, error.reason], error.message.startsWith("object: attempt 2 of 2: the answer cannot be used: "), error.message.includes(message), partialOf(error), requests.length]).toEqual([codes, true, true, partial, 2]);
    expect(parts.at(-2)).toEqual({ type: "usage", usage: { inputTokens: 20, outputTokens: 10 } });
  });
});

test("an empty answer is not shown to the model, which is told what is wrong with it", async () => {
  const { chat, requests } = scriptedChat([finish()], [...deltas(ada), finish()]);
  await collect(messagesToObject({ chat, schema })(request));
  expect(requests[1]?.messages.map(({ role }) => role)).toEqual(["user", "user"]);
});

test("a refusal is not asked again", async () => {
  const { chat, requests } = scriptedChat([{ type: "refusal-delta", text: "I can" }, { type: "refusal-delta", text: "not." }, finish()]);
  const parts = await seen(messagesToObject({ chat, schema })(request));
  expect([typesOf(parts), (parts.at(-1) as StageError).message, requests.length]).toEqual([["usage", ["failed_precondition", "refusal"]], "object: the model refused: I cannot.", 1]);
});

test("an error of the model passes untouched and is not asked again; what there was of the object is known for it", async () => {
  const error = new StageError("unavailable", "the connection broke");
  const script = scriptedChat([...deltas('{"name":"Ad'), error]);
  const parts = await seen(messagesToObject({ chat: script.chat, schema })(request));
  expect([parts.at(-1) === error, partialOf(error), script.requests.length, script.open]).toEqual([true, { name: "Ad" }, 1, 0]);
});

test("an answer whose connection broke off within the object is asked for again, and the last failure is told", async () => {
  const broken = new StageError("unavailable", "the stream ended early", { reason: "truncated" });
  const { chat, requests } = scriptedChat([...deltas('{"name":"Ad', 11), broken], [...deltas(ada, 30), finish()]);
  const parts = await seen(messagesToObject({ chat, schema })(request));
  expect([typesOf(parts), requests[1]]).toEqual([["object-partial", "warning", "object-partial", "object", "finish"], requests[0]]);

  const again = scriptedChat([...deltas('{"name":"Al', 11), broken], [...deltas('{"name":"Ad', 11), broken]);
  expect([(await seen(messagesToObject({ chat: again.chat, schema, attempts: 2 })(request))).at(-1) === broken, again.requests.length, again.open, partialOf(broken)]).toEqual([true, 2, 0, { name: "Ad" }]);

  const silent = scriptedChat([broken]);
  expect([typesOf(await seen(messagesToObject({ chat: silent.chat, schema })(request))), silent.requests.length]).toEqual([[["unavailable", "truncated"]], 1]);
});

test("what an answer had used when it broke off counts", async () => {
  const broken = new StageError("unavailable", "the stream ended early", { reason: "truncated" });
  const used = (inputTokens: number, outputTokens: number): RevisablePart => ({ type: "usage", usage: { inputTokens, outputTokens } });
  const parts = await ask([used(10, 0), ...deltas('{"name":"Ad', 11), used(10, 3), broken], [used(10, 0), ...deltas(ada, 30), finish("stop", 10, 5)]);
  expect(parts.flatMap((part) => ("usage" in (part as object) ? [(part as { usage: unknown }).usage] : []))).toEqual([{ inputTokens: 10, outputTokens: 0 }, { inputTokens: 10, outputTokens: 3 }, { inputTokens: 20, outputTokens: 3 }, { inputTokens: 20, outputTokens: 8 }]);
});

test("an answer without its finish is cut off, one that was aborted or failed does not count, whatever it holds", async () => {
  expect([typesOf(await ask(deltas(ada, 50), deltas(ada, 50), deltas(ada, 50))), typesOf(await ask([...deltas(ada, 50), finish("aborted")])), typesOf(await ask([...deltas(ada, 50), finish("error")]))]).toEqual([
    ["object-partial", "warning", "object-partial", "warning", "object-partial", ["unavailable", "truncated"]],
    ["object-partial", ["canceled", "truncated"]],
    ["object-partial", ["unknown", "truncated"]],
  ]);
});

test("an answer that a retry takes back is read anew", async () => {
  const parts = await ask([...deltas('{"name":"Bo', 11), rollback(1), ...deltas(ada, 30), finish()]);
  expect(parts).toEqual([{ type: "object-partial", value: { name: "Bo" } }, { type: "object-partial", value: { name: "Ada", age: 36 } }, { type: "object", object: { name: "Ada", age: 36 } }, finish()]);
});

test("an error that the schema throws passes untouched", async () => {
  const error = new StageError("not_found", "no such person");
  const throwing = schema.refine(() => {
    throw error;
  });
  expect((await seen(messagesToObject({ chat: scriptedChat([...deltas(ada), finish()]).chat, schema: throwing })(request))).at(-1)).toBe(error);
});

test("a schema may take its time", async () => {
  const slow = schema.refine(async ({ age }) => (await Promise.resolve(age)) === 36);
  expect(await collect(messagesToObject({ chat: scriptedChat([...deltas(ada, 50), finish()]).chat, schema: slow })(request))).toContainEqual({ type: "object", object: { name: "Ada", age: 36 } });
});

test("a consumer that leaves closes the answer", async () => {
  const script = scriptedChat([...deltas(ada), finish()]);
  for await (const part of messagesToObject({ chat: script.chat, schema })(request)) if (part.type === "object-partial") break;
  expect(script.open).toBe(0);
});

test("what cannot be asked is refused before the model is", async () => {
  const refusal = async (fields: Partial<ChatRequest>): Promise<unknown> => (await seen(messagesToObject({ chat: scriptedChat().chat, schema })({ ...request, ...fields })))[0];
  expect([await refusal({ responseFormat: { type: "text" } }), await refusal({ choices: 2 })]).toMatchObject([{ code: "invalid_argument", message: expect.stringContaining("responseFormat") as string }, { code: "invalid_argument", message: expect.stringContaining("choices") as string }]);
  const { chat } = scriptedChat();
  expect(() => messagesToObject({ chat, schema, attempts: 0 })).toThrow("attempts must be a whole number from 1 on");
  expect(() => messagesToObject({ chat, schema, name: "my object" })).toThrow('the name "my object" is not made of');
});

test("of several thousand parts each is read once", async () => {
  const items = Array.from({ length: 3000 }, (_, index) => `item ${index}`);
  const list = z.object({ items: z.array(z.string()) });
  const parts = await collect(messagesToObject({ chat: outputStream((_: ChatRequest) => feed(...(deltas(JSON.stringify({ items })) as Part[]), finish())), schema: list })(request));
  expect(parts.at(-2)).toEqual({ type: "object", object: { items } });
});

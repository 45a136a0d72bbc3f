import { outputStream } from "@iftk/core";
import { type ChatRequest, type Part, textOf } from "@iftk/inference";
import { textClassification, tokenClassification } from "@iftk/inference/tasks";
import { stageLaws, taskLaws } from "@iftk/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { entitiesByChat, grounded } from "./entities-by-chat.js";
import type { Chat } from "./json-answer.js";
import { sentimentByChat } from "./sentiment-by-chat.js";
import { storyWithEntities } from "./story-with-entities.js";

/** Answers each prompt with what the function makes of it, in two pieces. */
const answering = (answer: (prompt: string) => string): Chat =>
  outputStream(async function* answering({ messages }: ChatRequest) {
    const text = answer(messages.map((message) => textOf(message, "answering")).join(""));
    yield* [text.slice(0, 5), text.slice(5)].map((piece): Part => ({ type: "text-delta", text: piece }));
    yield { type: "finish", reason: { unified: "stop", raw: "end" }, usage: { inputTokens: 1, outputTokens: 2 } };
  });

const capitals = answering((prompt) => {
  const found = prompt.replace("Extract the entities from: ", "").match(/\b[A-Z]\w+/g) ?? [];
  return JSON.stringify({ entities: found.map((text) => ({ text, type: "name" })) });
});
const spans = (sentence: string, ...texts: string[]) => grounded(sentence, texts.map((text) => ({ text, type: "person" }))).map(({ start, end }) => sentence.slice(start, end));

test("what the sentence does not hold as whole words is no entity", () => {
  expect(spans("Ana met Leo on Sunday.", "Theo", "Sun", "Leo", "Ana", "eo")).toEqual(["Ana", "Leo"]);
  expect(spans("Annabel saw Ana and Ana.", "Ana", "Ana", "Ana")).toEqual(["Ana", "Ana"]);
  expect(spans("Zoë, 李雷 and Zoëy", "Zo", "李雷", "Zoë", "(Zoë", ".*")).toEqual(["Zoë", "李雷"]);
});

test("every span that is found is in the sentence, whatever the model says", () => {
  const word: fc.Arbitrary<string> = fc.constantFrom("Ana", "An", "na", "李", "é", "🦊", " ", ".*");
  fc.assert(
    fc.property(fc.array(word), fc.array(word), (words, texts) => {
      const sentence = words.join("");
      const found = grounded(sentence, texts.map((text) => ({ text, type: "person" })));
      expect(found.filter(({ start, end }) => !texts.includes(sentence.slice(start, end)))).toEqual([]);
    }),
  );
});

test.each(["", "I am a small model.", '{"entities":[{"text":"Leo"', '{"entities":"Leo"}', '{"entities":[{"text":"","type":"person"}]}', "null"])("an answer that is no list of entities gives none, and is told: %s", async (answer) => {
  const told: string[] = [];
  const entities = entitiesByChat(answering(() => answer), (unusable, prompt) => told.push(`${prompt} -> ${unusable}`));
  expect([await entities.run("Leo sleeps."), told]).toEqual([{ results: [] }, [`Extract the entities from: Leo sleeps. -> ${answer}`]]);
});

test.each([['{"sentiment":"positive"}', ["positive"]], ['{"sentiment":"purple"}', []], ["positive", []]])("a sentiment is one of three or none: %s", async (answer, labels) => {
  const { results } = await sentimentByChat(answering(() => answer)).run("What a day.");
  expect(results.map(({ label }) => label)).toEqual(labels);
});

test("a model that fails fails the task", async () => {
  const failing: Chat = outputStream(async function* failing(): AsyncGenerator<Part> {
    yield { type: "text-delta", text: '{"entities":[]}' };
  });
  await expect(entitiesByChat(failing).run("Leo sleeps.")).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
});

test("each span says where it is", async () => {
  expect((await entitiesByChat(capitals).run("Then came Ana. She left.")).results).toEqual([
    { entity: "name", score: 1, start: 0, end: 4, word: "Then" },
    { entity: "name", score: 1, start: 10, end: 13, word: "Ana" },
    { entity: "name", score: 1, start: 15, end: 18, word: "She" },
  ]);
});

taskLaws("entitiesByChat", { task: tokenClassification, implementation: entitiesByChat(capitals), wholes: ["", "Then came Ana. She met Leo and Bo!  It rained on Zoë 🦊", "no name"], rounds: 5 });
taskLaws("sentimentByChat", { task: textClassification, implementation: sentimentByChat(answering(() => '{"sentiment":"neutral"}')), wholes: ["", "The bus leaves. At noon."], rounds: 5 });
stageLaws("storyWithEntities", { stage: () => storyWithEntities(answering(() => "Ana came. Leo slept."), entitiesByChat(capitals)), input: ["Tell me."] });

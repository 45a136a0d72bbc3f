import { collect, from, outputStream, type Stream } from "@iftk/core";
import { implement } from "@iftk/core/task";
import { hang, stageLaws, taskLaws } from "@iftk/testing";
import { expect, test } from "vitest";
import { classificationWithTextGeneration, classifyGeneratedText } from "./classification-with-text-generation.js";
import { classifyEachSentence } from "./classify-each-sentence.js";
import { type GeneratedTextStreamResult, textGeneration } from "./text-generation.js";
import { tokenClassification } from "./token-classification.js";

const details = { finishReason: "EOS_TOKEN" as const, generatedTokens: 9, inputTokenCount: 3, seed: 5 };
const ends = { finishReason: "EOS_TOKEN", generatedTokenCount: 9, inputTokenCount: 3, seed: 5 };

/** Says again what it is given, some characters at a time. */
const echo = implement(textGeneration, {
  outputStream: async function* echo(text): Stream<GeneratedTextStreamResult> {
    for (const generatedText of text.match(/[^]{1,4}/g) ?? []) yield { generatedText };
    yield { generatedText: "", details };
  },
});
const shouts = (sentence: string) => Array.from(sentence.matchAll(/\p{Lu}{2,}/gu), ({ 0: word, index }) => ({ entity: "shout", score: 0.8, start: index, end: index + word.length }));
const shout = (start: number, word: string) => ({ start, end: start + word.length, word, entity: "shout", score: 0.8 });
const classified = classifyGeneratedText(echo, classifyEachSentence(shouts));
const text = "Well. OH NO! What now?";

taskLaws("classifyGeneratedText", { task: classificationWithTextGeneration, implementation: classified, wholes: ["", text] });
stageLaws("classifyGeneratedText", { stage: () => classified.outputStream, input: [text] });

test("stretches of the text come with their spans, the last one with how it ended", async () => {
  expect(await collect(classified.outputStream(text))).toEqual([
    { generatedText: "Well. ", tokenClassificationResults: { output: [] }, startIndex: 0, processedIndex: 6 },
    { generatedText: "OH NO! ", tokenClassificationResults: { output: [shout(6, "OH"), shout(9, "NO")] }, startIndex: 6, processedIndex: 13 },
    { generatedText: "What now?", tokenClassificationResults: { output: [] }, startIndex: 13, processedIndex: 22 },
    { generatedText: "", tokenClassificationResults: { output: [] }, startIndex: 22, processedIndex: 22, ...ends },
  ]);
});

test("a classification that waits for the whole text gives the same whole", async () => {
  const late = implement(tokenClassification, { unary: (whole) => ({ results: [...shouts(whole)].map(({ start, end, ...found }) => ({ ...found, start, end, word: whole.slice(start, end) })) }) });
  const expected = { generatedText: text, tokenClassificationResults: { output: [shout(6, "OH"), shout(9, "NO")] }, ...ends };
  expect([await classified.run(text), await classifyGeneratedText(echo, late).run(text)]).toEqual([expected, expected]);
});

test("spans come while the text is still being generated", async () => {
  const slow = implement(textGeneration, { outputStream: () => hang({ generatedText: "OH NO! " }, { generatedText: "What" }) });
  const given = classifyGeneratedText(slow, classifyEachSentence(shouts)).outputStream("")[Symbol.asyncIterator]();
  expect((await given.next()).value).toMatchObject({ generatedText: "OH NO! ", processedIndex: 7 });
  void given.return?.();
});

test("its parameters reach both, and are checked", async () => {
  const asked: unknown[] = [];
  const noting = implement(textGeneration, {
    outputStream: outputStream(function noting(_text: string, call) {
      asked.push(textGeneration.parametersOf(call));
      return from<GeneratedTextStreamResult>([{ generatedText: "OH", details }]);
    }),
  });
  const both = classifyGeneratedText(noting, classifyEachSentence(shouts));
  const { tokenClassificationResults } = await both.with({ threshold: 0.9, maxNewTokens: 3 }).run("");
  expect([asked, tokenClassificationResults.output]).toEqual([[{ maxNewTokens: 3, minNewTokens: 0, truncateInputTokens: 0, decodingMethod: "GREEDY" }], []]);
  expect(() => both.with({ temperature: 2 })).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

test("a generation that is cut off does not end normally", async () => {
  const cut = implement(textGeneration, { outputStream: () => from([{ generatedText: "cut o" }]) });
  await expect(classifyGeneratedText(cut, classifyEachSentence(shouts)).run("")).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
  await expect(classificationWithTextGeneration.joinOutput(from([]))).rejects.toMatchObject({ code: "unavailable", reason: "truncated" });
});

import { bidi, pipe, type AnyStage, type Bidi, type Call, type Stream } from "@iftk/core";
import { liveTimers, pace, stageLaws, type LawSubject, type LiveTimers } from "@iftk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptedModels } from "./fixtures/scripted-models.js";
import { finish, lastText, scriptedRouter } from "./fixtures/scripted-router.js";
import {
  agentElement, analyzeImageElement, ask, asText, batch, chatElement, classifyElement, converseElement, count, debounce, decode, delay, distinct, drawElement, drop, embedElement, encode, filter,
  flatten, fromCsv, fromJson, fromJsonl, html, join, last, letterCase, lines, lower, markdown, objectElement, pick, prefix, prompt, queue, rate, replace, rerankElement, sample, sentences, standardElements,
  speakElement, statistics, take, tee, template, text, throttle, timeout, timestamp, toJsonl, transcribeElement, translateElement, trim, upper, window, words,
} from "./index.js";

let timers: LiveTimers;
beforeAll(() => {
  timers = liveTimers();
});
afterAll(() => timers.stop());

const paced = (stage: AnyStage): AnyStage => pipe(pace(), stage as Bidi<unknown, unknown>);

const { router } = scriptedRouter((request) => `Re ${lastText(request)}`);
const labels = scriptedRouter(() => '{"label": "a"}');
const models = scriptedModels();
const request = { messages: [{ role: "user", content: "hello" }] };
const reply = [{ type: "text-delta", text: "ab" }, { type: "text-delta", text: "c" }, finish()];
const turn = (role: "user" | "assistant", content: string) => ({ role, content });
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

const subjects: Readonly<Record<string, LawSubject>> = {
  agent: { stage: () => agentElement({ router })(), input: [request] },
  analyzeImage: { stage: () => analyzeImageElement({ models })({ model: "m", mediaType: "image/png" }), input: [encoded("a"), encoded("b")], output: [{ description: "ab" }] },
  "ask by all": { stage: () => ask(), input: ["a", "b"], output: [{ messages: [turn("user", "ab")] }] },
  "ask by item": { stage: () => ask({ by: "item" }), input: ["a", "b"], output: [{ messages: [turn("user", "a")] }, { messages: [turn("user", "b")] }] },
  asText: { stage: () => asText(), input: ["a", 1, [2]], output: ["a", "1", "[2]"] },
  "batch by count": { stage: () => batch({ count: 2 }), input: [1, 2, 3, 4], output: [[1, 2], [3, 4]], readsAhead: 1 },
  "batch by time": { stage: () => paced(batch({ ms: 1 })), input: [1, 2, 3], output: [[1], [2], [3]], readsAhead: 16 },
  case: { stage: () => letterCase({ to: "upper" }), input: ["a b", " c "], output: ["A B", " C "] },
  chat: { stage: () => chatElement({ router })(), input: [request] },
  classify: { stage: () => classifyElement({ router: labels.router })({ labels: ["a", "b"] }), input: ["a", "b"], output: [{ text: "a", label: "a" }, { text: "b", label: "a" }] },
  converse: { stage: () => converseElement({ router })(), input: ["a", "b"] },
  count: { stage: () => count(), input: [1, 2], output: [2] },
  debounce: { stage: () => paced(debounce({ ms: 1 })), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 1 },
  decode: { stage: () => decode(), input: [encoded("a"), encoded("b")], output: ["a", "b"] },
  delay: { stage: () => delay({ ms: 2, size: 2 }), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 2 },
  distinct: { stage: () => distinct(), input: [1, 2, 3], output: [1, 2, 3] },
  draw: { stage: () => drawElement({ models })({ model: "m" }), input: ["a", "b"], output: [encoded("a"), encoded("b")] },
  drop: { stage: () => drop(), input: [1, 2, 3], output: [2, 3], readsAhead: 1 },
  embed: { stage: () => embedElement({ models })({ model: "m" }), input: ["a", "b"], output: [{ text: "a", vector: [1] }, { text: "b", vector: [1] }] },
  encode: { stage: () => encode(), input: ["a", "b"], output: [encoded("a"), encoded("b")] },
  filter: { stage: () => filter({ is: "more", value: 0 }), input: [1, 2, 3], output: [1, 2, 3] },
  flatten: { stage: () => flatten(), input: [[1], [2], [3]], output: [1, 2, 3] },
  fromCsv: { stage: () => fromCsv(), input: ["a\n", "1\n", "2\n"], output: [{ a: "1" }, { a: "2" }], readsAhead: 2 },
  fromJson: { stage: () => fromJson(), input: ["[1", "]"], output: [[1]] },
  fromJsonl: { stage: () => fromJsonl(), input: ["1\n", "2\n", "3\n"], output: [1, 2, 3] },
  html: { stage: () => html(), input: ["a\n\n", "b\n\n", "c"], output: ['<h3 role="assistant">Assistant</h3>\n', "<p>a</p>\n", "<p>b</p>\n<p>c</p>\n"] },
  join: { stage: () => join(), input: ["a", "b"], output: ["ab"] },
  last: { stage: () => last({ count: 2 }), input: [1, 2, 3], output: [2, 3], readsAhead: 3 },
  lines: { stage: () => lines(), input: ["a\n", "b\n"], output: ["a", "b"] },
  lower: { stage: () => lower(), input: ["A ", "B "], output: ["a ", "b "] },
  markdown: { stage: () => markdown(), input: ["a", " b"], output: ["### Assistant\n\na", " b", "\n\n"] },
  object: { stage: () => objectElement({ router: labels.router })({ schema: { type: "object" } }), input: [request], output: [{ label: "a" }] },
  pick: { stage: () => pick({ path: "a" }), input: [{ a: 1 }, { a: 2 }], output: [1, 2] },
  prefix: { stage: () => prefix({ text: "-" }), input: ["a", "b"], output: ["-a", "-b"] },
  prompt: { stage: () => prompt(), input: [turn("user", "a"), turn("assistant", "b"), turn("user", "c")], readsAhead: 1 },
  queue: { stage: () => queue({ size: 2 }), input: [1, 2, 3, 4], output: [1, 2, 3, 4], readsAhead: 3 },
  rate: { stage: () => rate({ perSecond: 1000 }), input: [1, 2, 3], output: [1, 2, 3] },
  replace: { stage: () => replace({ find: "a", by: "b" }), input: ["a", "c"], output: ["b", "c"] },
  rerank: { stage: () => rerankElement({ models })({ model: "m", query: "q" }), input: ["a", "b"], output: [{ text: "a", index: 0, score: 1 }, { text: "b", index: 1, score: 1 }], readsAhead: 2 },
  sample: { stage: () => paced(sample({ ms: 1 })), input: [1, 2, 3], readsAhead: 1, without: ["order"] },
  sentences: { stage: () => sentences(), input: ["A. B", ". C."], output: ["A. ", "B. ", "C."], readsAhead: 1 },
  speak: { stage: () => speakElement({ models })({ model: "m" }), input: ["a", "b"], output: [encoded("a"), encoded("b")] },
  statistics: { stage: () => statistics(), input: [1, 3], output: [{ count: 2, sum: 4, minimum: 1, maximum: 3, mean: 2 }] },
  "tee that ends together": { stage: () => bidi((input: Stream<unknown>, call: Call) => tee({ onLeave: "end" })(input, ["a"], call)[0] as Stream<unknown>), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 16 },
  take: { stage: () => take({ count: 9 }), input: [1, 2, 3], output: [1, 2, 3] },
  template: { stage: () => template({ template: "<{{input}}>" }), input: [1, 2], output: ["<1>", "<2>"] },
  text: { stage: () => text(), input: reply, output: ["ab", "c"], cut: { input: reply.slice(0, 2) } },
  throttle: { stage: () => paced(throttle({ ms: 1 })), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 1 },
  timeout: { stage: () => timeout({ first: 60_000, idle: 60_000, total: 60_000 }), input: [1, 2, 3], output: [1, 2, 3] },
  timestamp: { stage: () => timestamp(), input: [1, 2, 3] },
  toJsonl: { stage: () => toJsonl(), input: [1, "a"], output: ["1\n", '"a"\n'] },
  transcribe: { stage: () => transcribeElement({ models })({ model: "m", mediaType: "audio/wav" }), input: [encoded("a"), encoded("b")], output: ["a", "b"], readsAhead: 2 },
  translate: { stage: () => translateElement({ router })({ to: "fr" }), input: ["One. ", "Two. "], output: ["Re O", "ne.", " ", "Re T", "wo.", " "], readsAhead: 1 },
  trim: { stage: () => trim(), input: [" a", "b "], output: ["a", "b"] },
  upper: { stage: () => upper(), input: ["a ", "b "], output: ["A ", "B "] },
  window: { stage: () => window(), input: [1, 2, 3], output: [[1, 2], [2, 3]], readsAhead: 1 },
  words: { stage: () => words(), input: ["a b ", "c d "], output: ["a", "b", "c", "d"] },
};

test("every transform is put to the laws, here or beside it", () => {
  const elsewhere = ["complete", "http"];
  const inLawNames = new Set(Object.keys(subjects).map((name) => name.replace(/ by .*$/u, "").replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)));
  const transforms = standardElements({ router, models, root: "." }).filter(({ definition }) => definition.kind === "transform").map(({ definition }) => definition.name);
  expect(transforms.filter((name) => !inLawNames.has(name)).toSorted()).toEqual(elsewhere);
});

describe.each(Object.entries(subjects))("%s", (name, subject) => {
  stageLaws(name, { isReleased: () => timers.count === 0, ...subject });
});

import { bidi, pipe, type AnyStage, type Stream } from "@iftk/core";
import { stageLaws, turns, type LawSubject } from "@iftk/testing";
import { afterAll, beforeAll, describe } from "vitest";
import { liveTimers, type LiveTimers } from "./fixtures/live-timers.js";
import { finish, lastText, scriptedRouter } from "./fixtures/scripted-router.js";
import {
  agentElement, ask, asText, batch, chatElement, count, debounce, decode, delay, distinct, drop, encode, filter, fromJsonl, html, letterCase, lines, lower, markdown,
  pick, prefix, prompt, queue, rate, replace, sentences, take, template, text, throttle, toJsonl, translateElement, upper, words,
} from "./index.js";

let timers: LiveTimers;
beforeAll(() => {
  timers = liveTimers();
});
afterAll(() => timers.stop());

/** Gives values on with turns of the event loop between them; leaving cuts them short. */
const pace = bidi((input: Stream<unknown>, { signal }): Stream<unknown> => ({
  [Symbol.asyncIterator]() {
    const source = input[Symbol.asyncIterator]();
    const left = new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
    });
    let rest: Promise<unknown> | undefined;
    return {
      async next() {
        await rest;
        rest = undefined;
        if (signal.aborted) return { done: true, value: undefined };
        const result = await source.next();
        rest = Promise.race([turns(4), left]);
        return result as IteratorResult<unknown, undefined>;
      },
      return: () => source.return?.() ?? Promise.resolve({ done: true, value: undefined }),
    };
  },
}));
const paced = (stage: AnyStage): AnyStage => pipe(pace, stage as typeof pace);

const { router } = scriptedRouter((request) => `Re ${lastText(request)}`);
const request = { messages: [{ role: "user", content: "hello" }] };
const reply = [{ type: "text-delta", text: "ab" }, { type: "text-delta", text: "c" }, finish()];
const turn = (role: "user" | "assistant", content: string) => ({ role, content });
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

const subjects: Readonly<Record<string, LawSubject>> = {
  agent: { stage: () => agentElement({ router })(), input: [request] },
  "ask by all": { stage: () => ask(), input: ["a", "b"], output: [{ messages: [turn("user", "ab")] }] },
  "ask by item": { stage: () => ask({ by: "item" }), input: ["a", "b"], output: [{ messages: [turn("user", "a")] }, { messages: [turn("user", "b")] }] },
  asText: { stage: () => asText(), input: ["a", 1, [2]], output: ["a", "1", "[2]"] },
  "batch by count": { stage: () => batch({ count: 2 }), input: [1, 2, 3, 4], output: [[1, 2], [3, 4]], readsAhead: 1 },
  "batch by time": { stage: () => paced(batch({ ms: 1 })), input: [1, 2, 3], output: [[1], [2], [3]], readsAhead: 16 },
  case: { stage: () => letterCase({ to: "upper" }), input: ["a b", " c "], output: ["A B", " C "] },
  chat: { stage: () => chatElement({ router })(), input: [request] },
  count: { stage: () => count(), input: [1, 2], output: [2] },
  debounce: { stage: () => paced(debounce({ ms: 1 })), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 1 },
  decode: { stage: () => decode(), input: [encoded("a"), encoded("b")], output: ["a", "b"] },
  delay: { stage: () => delay({ ms: 2, size: 2 }), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 2 },
  distinct: { stage: () => distinct(), input: [1, 2, 3], output: [1, 2, 3] },
  drop: { stage: () => drop(), input: [1, 2, 3], output: [2, 3], readsAhead: 1 },
  encode: { stage: () => encode(), input: ["a", "b"], output: [encoded("a"), encoded("b")] },
  filter: { stage: () => filter({ is: "more", value: 0 }), input: [1, 2, 3], output: [1, 2, 3] },
  fromJsonl: { stage: () => fromJsonl(), input: ["1\n", "2\n", "3\n"], output: [1, 2, 3] },
  html: { stage: () => html(), input: ["a", "b"], output: ['<h3 role="assistant">Assistant</h3>\n<p>a</p>\n', '<h3 role="assistant">Assistant</h3>\n<p>b</p>\n'] },
  lines: { stage: () => lines(), input: ["a\n", "b\n"], output: ["a", "b"] },
  lower: { stage: () => lower(), input: ["A ", "B "], output: ["a ", "b "] },
  markdown: { stage: () => markdown(), input: ["a", "b"], output: ["### Assistant\n\na\n\n", "### Assistant\n\nb\n\n"] },
  pick: { stage: () => pick({ path: "a" }), input: [{ a: 1 }, { a: 2 }], output: [1, 2] },
  prefix: { stage: () => prefix({ text: "-" }), input: ["a", "b"], output: ["-a", "-b"] },
  prompt: { stage: () => prompt(), input: [turn("user", "a"), turn("assistant", "b"), turn("user", "c")], readsAhead: 1 },
  queue: { stage: () => queue({ size: 2 }), input: [1, 2, 3, 4], output: [1, 2, 3, 4], readsAhead: 3 },
  rate: { stage: () => rate({ perSecond: 1000 }), input: [1, 2, 3], output: [1, 2, 3] },
  replace: { stage: () => replace({ find: "a", by: "b" }), input: ["a", "c"], output: ["b", "c"] },
  sentences: { stage: () => sentences(), input: ["A. B", ". C."], output: ["A. ", "B. ", "C."], readsAhead: 1 },
  take: { stage: () => take({ count: 9 }), input: [1, 2, 3], output: [1, 2, 3] },
  template: { stage: () => template({ template: "<{{input}}>" }), input: [1, 2], output: ["<1>", "<2>"] },
  text: { stage: () => text(), input: reply, output: ["ab", "c"], cut: { input: reply.slice(0, 2) } },
  throttle: { stage: () => paced(throttle({ ms: 1 })), input: [1, 2, 3], output: [1, 2, 3], readsAhead: 1 },
  toJsonl: { stage: () => toJsonl(), input: [1, "a"], output: ["1\n", '"a"\n'] },
  translate: { stage: () => translateElement({ router })({ to: "fr" }), input: ["One. ", "Two. "], output: ["Re O", "ne.", " ", "Re T", "wo.", " "], readsAhead: 1 },
  upper: { stage: () => upper(), input: ["a ", "b "], output: ["A ", "B "] },
  words: { stage: () => words(), input: ["a b ", "c d "], output: ["a", "b", "c", "d"] },
};

describe.each(Object.entries(subjects))("%s", (name, subject) => {
  stageLaws(name, { isReleased: () => timers.count === 0, ...subject });
});

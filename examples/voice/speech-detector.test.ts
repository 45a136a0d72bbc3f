import { collect } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import { expect, test } from "vitest";
import { heard, loudness, silence, voice } from "./audio.js";
import { detectSpeech, type SpeechEvent } from "./speech-detector.js";

const told = async (events: AsyncIterable<SpeechEvent>) => (await collect(events)).map((event) => (event.type === "utterance" ? heard(event.frames) : event.type));

stageLaws("detectSpeech", { stage: () => detectSpeech({ patience: 1 }), input: [...voice("a"), ...silence(1), ...voice("b")] });

test("speech is louder than silence, and what was said can be heard", () => {
  expect([Math.min(...voice("a é").map(loudness)) > 1000, Math.max(...silence(2).map(loudness)) < 100, heard([...silence(1), ...voice("Hé"), ...silence(2), ...voice("!")])]).toEqual([true, true, "Hé!"]);
});

test("an utterance ends after enough silence, or with the stream; short silence is part of it", async () => {
  const frames = [...silence(5), ...voice("hel"), ...silence(9), ...voice("lo"), ...silence(30), ...voice("you")];
  expect(await told(detectSpeech()(feed(...frames)))).toEqual(["speech-start", "hello", "speech-start", "you"]);
});

test("the start is told before the utterance is over, and an endless utterance is cut", async () => {
  const iterator = detectSpeech({ longest: 3 })(feed(...voice("abcd")))[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: false, value: { type: "speech-start" } });
  await iterator.return?.();
  expect(await told(detectSpeech({ longest: 3 })(feed(...voice("abcd"))))).toEqual(["speech-start", "abc", "speech-start", "d"]);
});

import { collect, from } from "@iftk/core";
import { cutAtRandom, feed, seeded, stageLaws } from "@iftk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectSpeech, type SpeechEvent } from "./detect-speech.js";
import { frames, levelOf } from "./sound.js";
import { bytesOf, tones, type Stretch } from "./tones.js";

const rate = 16_000;
const sound = (...stretches: readonly Stretch[]): Uint8Array => bytesOf(tones(rate, ...stretches));
const heard = async (bytes: Uint8Array): Promise<SpeechEvent[]> => (await collect(detectSpeech(from([bytes])))).filter(({ type }) => type !== "level");

const greeting = sound([0.5, 0], [0.4, 0.25], [0.2, 0], [0.4, 0.5], [1, 0.001], [0.3, 0.1]);
const block = sound([0.1, 0.25]);
stageLaws("detectSpeech", { stage: () => detectSpeech, input: [block.subarray(0, 2000), block.subarray(2000), block] });

describe("detectSpeech", () => {
  test("tells when speech begins and ends, and how loud it was; a short rest is part of it", async () => {
    expect(await heard(greeting)).toEqual([
      { type: "speech-start", at: 0.5 },
      { type: "speech-end", start: 0.5, end: 1.5, level: -9 },
      { type: "speech-start", at: 2.5 },
      { type: "speech-end", start: 2.5, end: 2.8, level: -23 },
    ]);
  });

  test("tells of the beginning while the speech goes on", async () => {
    async function* speaking() {
      yield sound([0.1, 0.25]);
      await new Promise(() => {});
    }
    const iterator = detectSpeech(speaking())[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ done: false, value: { type: "speech-start", at: 0 } });
    await iterator.return?.();
  });

  test("gives a level for each tenth of a second", async () => {
    expect(await collect(detectSpeech(from([sound([0.1, 0], [0.25, 0.5])])))).toEqual([
      { type: "level", at: 0.1, level: -90, isSpeech: false },
      { type: "speech-start", at: 0.1 },
      { type: "level", at: 0.2, level: -9, isSpeech: true },
      { type: "level", at: 0.3, level: -9, isSpeech: true },
      { type: "speech-end", start: 0.1, end: 0.34, level: -9 },
    ]);
  });

  test.each<[string, Stretch[]]>([
    ["silence", [[3, 0]]], ["a click", [[0.5, 0], [0.04, 0.5], [0.5, 0]]], ["a faint hum", [[3, 0.003]]], ["nothing", []],
  ])("hears no speech in %s", async (_name, stretches) => {
    expect(await heard(sound(...stretches))).toEqual([]);
  });

  test("gets used to a steady noise", async () => {
    const [start, end, ...others] = await heard(sound([60, 0.01], [0.5, 0.5]));
    expect([start, end?.type, others.map(({ type }) => type)]).toEqual([{ type: "speech-start", at: 0 }, "speech-end", ["speech-start", "speech-end"]]);
  });

  test("refuses what is not bytes", async () => {
    await expect(collect(detectSpeech(feed("sound" as unknown as Uint8Array)))).rejects.toMatchObject({ code: "invalid_argument", message: expect.stringContaining("Uint8Array") as string });
  });
});

test("the frames are the same wherever the bytes were cut", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.integer(), async (bytes, seed) => {
      const whole = await collect(frames(from([bytes])));
      const cut = await collect(frames(from(cutAtRandom(bytes, seeded(seed)))));
      expect([cut, whole.length]).toEqual([whole, Math.floor(bytes.length / 640)]);
    }),
  );
});

test("a level is that of a sine of the same loudness, and never below silence", () => {
  expect([1, 0.1, 0].map((loudness) => Math.round(levelOf(tones(rate, [0.02, loudness]).slice(0, 320))))).toEqual([-3, -23, -90]);
});

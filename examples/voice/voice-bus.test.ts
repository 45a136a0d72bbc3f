import { collect, outputStream, pubSubChannel } from "@iftk/core";
import { turns } from "@iftk/testing";
import { expect, test } from "vitest";
import { heard, silence, voice, type Frame } from "./audio.js";
import { think } from "./fakes.js";
import { createVoiceBus, type VoiceEvent } from "./voice-bus.js";

const story = "Once upon a time there was a bus. It was never late! Was it full? No";
const answers = { "tell me a story": story, "thank you": "You are welcome" };
const said = (text: string): VoiceEvent[] => [...voice(text), ...silence(10)].map((frame) => ({ type: "frame", frame }));

function talk(model = think(answers)) {
  const errors: string[] = [];
  const bus = createVoiceBus(model, { onError: (error, subscriber) => errors.push(`${subscriber}: ${(error as Error).message}`) });
  return { errors, channel: pubSubChannel(bus, { output: ["audio", "hush"], size: 1, highWaterMark: 1 }) };
}

const sound = (outputs: readonly { readonly type: string; readonly frame?: Frame }[]): string => heard(outputs.flatMap(({ frame }) => frame ?? []));

test("each utterance is answered, to the last word of a reply without a full stop, and the last needs no silence after it", async () => {
  const { channel, errors } = talk();
  for (const event of said("tell me a story").slice(0, -10)) void channel.write(event);
  channel.end();
  const outputs = await collect(channel);
  expect([outputs[0]?.type, sound(outputs), errors]).toEqual(["hush", story.replaceAll(/(?<=[.!?]) /g, ""), []]);
});

test("whoever begins to speak stops the reply: what comes after the hush is the next reply only", async () => {
  const { channel, errors } = talk();
  for (const event of said("tell me a story")) await channel.write(event);
  const outputs: Extract<VoiceEvent, { type: "audio" | "hush" }>[] = [];
  for await (const output of channel) {
    outputs.push(output);
    if (outputs.length !== 10) continue;
    for (const event of said("thank you")) await channel.write(event);
    await turns();
    channel.end();
  }
  const hush = outputs.findLastIndex(({ type }) => type === "hush");
  const [first, second] = [sound(outputs.slice(0, hush)), sound(outputs.slice(hush))];
  expect([story.startsWith(first), first.length < 15, second, errors]).toEqual([true, true, "You are welcome", []]);
});

test("a model that fails is told of by name, and the next question is answered", async () => {
  const known = think(answers);
  const moody = outputStream(async function* moody(question: string, call) {
    if (question === "tell me a story") throw new Error("not now");
    yield* known(question, call);
  });
  const { channel, errors } = talk(moody);
  for (const event of said("tell me a story")) void channel.write(event);
  await turns(3);
  for (const event of said("thank you")) void channel.write(event);
  channel.end();
  expect([sound(await collect(channel)), errors]).toEqual(["You are welcome", ["thinker: not now"]]);
});

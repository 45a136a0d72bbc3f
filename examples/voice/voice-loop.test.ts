import { collect, open, outputStream, type Channel } from "@iftk/core";
import { feed, stageLaws } from "@iftk/testing";
import { expect, test } from "vitest";
import { heard, silence, voice, type Frame } from "./audio.js";
import { think } from "./fakes.js";
import { voiceLoop, type VoiceOutput } from "./voice-loop.js";

const story = "Once upon a time there was a stage. It gave 3.5 values! Did it wait? It did";
const answers = { "tell me a story": story, "thank you": "You are welcome" };

const said = (text: string): Frame[] => [...voice(text), ...silence(10)];

/** What was heard between one hush and the next. */
function replies(outputs: readonly VoiceOutput[]): string[] {
  const spoken: Frame[][] = [];
  for (const output of outputs) {
    if (output.type === "hush") spoken.push([]);
    else spoken.at(-1)?.push(output.frame);
  }
  return spoken.map(heard);
}

async function say(channel: Channel<Frame, VoiceOutput>, text: string): Promise<void> {
  for (const frame of said(text)) await channel.write(frame);
}

// One turn may be ahead, and a turn is an utterance of many frames.
stageLaws("the voice loop", { stage: () => voiceLoop(think(answers)), input: said("thank you"), readsAhead: said("thank you").length });

test("each utterance is answered, in order, to the last word of a reply without a full stop", async () => {
  const outputs = await collect(voiceLoop(think(answers))(feed(...silence(3), ...said("tell me a story"))));
  expect(replies(outputs)).toEqual([story.replaceAll(/(?<=[.!?]) /g, "")]);
});

test("whoever begins to speak stops the reply, and is answered next", async () => {
  const channel = open(voiceLoop(think(answers)), { highWaterMark: 1 });
  await say(channel, "tell me a story");
  const outputs: VoiceOutput[] = [];
  for await (const output of channel) {
    outputs.push(output);
    if (outputs.length !== 10) continue;
    await say(channel, "thank you");
    channel.end();
  }
  const [first = "", ...rest] = replies(outputs);
  expect([story.startsWith(first), first.length < 15, rest]).toEqual([true, true, ["You are welcome"]]);
});

test("a reply that never comes can be interrupted too, and its call is cancelled", async () => {
  const signals: AbortSignal[] = [];
  const known = think(answers);
  const slow = outputStream(async function* slow(question: string, call) {
    signals.push(call.signal);
    if (question === "tell me a story") await new Promise(() => {});
    yield* known(question, call);
  });
  const channel = open(voiceLoop(slow));
  await say(channel, "tell me a story");
  await say(channel, "thank you");
  channel.end();
  expect([replies(await collect(channel)), signals.map(({ aborted }) => aborted)]).toEqual([["", "You are welcome"], [true, false]]);
});

test("an error of the model ends the loop with that error", async () => {
  const broken = outputStream(async function* broken(question: string): AsyncGenerator<string> {
    yield question;
    throw new Error("no model");
  });
  await expect(collect(voiceLoop(broken)(feed(...said("hello"))))).rejects.toThrow("no model");
});

/** The voice loop as subscribers of a bus: each knows only the events that it hears and publishes. */
import { createPubSub, pipe, type OutputStream, type PubSub, type PubSubOptions } from "@iftk/core";
import type { Frame } from "./audio.js";
import { recognize, speak } from "./fakes.js";
import { sentences } from "./sentences.js";
import { SpeechDetector, type SpeechEvent } from "./speech-detector.js";
import type { VoiceOutput } from "./voice-loop.js";

/** All that is said on the bus. */
export type VoiceEvent =
  | { readonly type: "frame"; readonly frame: Frame }
  | SpeechEvent
  | { readonly type: "transcript"; readonly text: string }
  | { readonly type: "sentence"; readonly text: string; readonly turn: number }
  | VoiceOutput;

/** A bus that answers what is said in its frames, for one conversation. */
export function createVoiceBus(think: OutputStream<string, string>, options: PubSubOptions): PubSub<VoiceEvent> {
  const bus = createPubSub<VoiceEvent>(options);
  const detector = new SpeechDetector();
  const reply = pipe(think, sentences());
  let turn = { number: 0, stop: new AbortController() };

  bus.attach({
    name: "detector", subscribesTo: "frame", publishes: ["speech-start", "utterance"],
    onEvent: async ({ frame }, { publish }) => void (await Promise.all(detector.push(frame).map(publish))),
    shutdown: async ({ publish }) => void (await Promise.all(detector.flush().map(publish))),
  });
  bus.attach({
    name: "interrupter", subscribesTo: "speech-start", publishes: "hush",
    onEvent(_event, { publish }) {
      turn.stop.abort();
      turn = { number: turn.number + 1, stop: new AbortController() };
      return publish({ type: "hush" });
    },
  });
  bus.attach({
    name: "recognizer", subscribesTo: "utterance", publishes: "transcript",
    onEvent: async ({ frames }, { publish }) => publish({ type: "transcript", text: await recognize(frames) }),
  });
  const untilInterrupted = async <T>(stage: OutputStream<string, T>, text: string, publish: (value: T) => Promise<void>): Promise<void> => {
    const { signal } = turn.stop;
    const stream = stage(text, { signal });
    try {
      for await (const value of stream) if (!signal.aborted) await publish(value);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  bus.attach({
    name: "thinker", subscribesTo: "transcript", publishes: "sentence",
    onEvent: ({ text }, { publish }) => untilInterrupted(reply, text, (sentence) => publish({ type: "sentence", text: sentence, turn: turn.number })),
  });
  bus.attach({
    name: "speaker", subscribesTo: "sentence", publishes: "audio",
    onEvent: async (sentence, { publish }) => (sentence.turn === turn.number ? untilInterrupted(speak, sentence.text, (frame) => publish({ type: "audio", frame })) : undefined),
  });
  return bus;
}

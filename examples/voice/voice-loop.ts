/** The voice loop as a pipeline: hear, understand, think, speak; whoever begins to speak stops the reply. */
import { bidi, each, outputStream, pipe, type OutputStream, type Stream } from "@iftk/core";
import type { Frame } from "./audio.js";
import { recognize, speak } from "./fakes.js";
import { sentences } from "./sentences.js";
import { detectSpeech, type SpeechEvent } from "./speech-detector.js";

/** Sound to play, or the word that what is still to be played is to be dropped. */
export type VoiceOutput = { readonly type: "audio"; readonly frame: Frame } | { readonly type: "hush" };

/** Something to answer until the signal fires; without frames, something to be silent about. */
interface Turn {
  readonly frames?: readonly Frame[];
  readonly signal: AbortSignal;
}

/** Begins a turn whenever somebody begins to speak, and ends the one before. */
const turns = bidi(async function* turns(events: Stream<SpeechEvent>): Stream<Turn> {
  let turn = new AbortController();
  for await (const event of events) {
    if (event.type === "utterance") yield { frames: event.frames, signal: turn.signal };
    else {
      turn.abort();
      turn = new AbortController();
      yield { signal: turn.signal };
    }
  }
});

/** Answers one turn after another, each with what the reply stage makes of it. */
const answer = (reply: OutputStream<readonly Frame[], Frame>) =>
  outputStream(async function* answer({ frames, signal }: Turn, call): Stream<VoiceOutput> {
    if (!frames) yield { type: "hush" };
    else {
      try {
        for await (const frame of reply(frames, { signal: AbortSignal.any([signal, call.signal]) })) yield { type: "audio", frame };
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  });

/**
 * The loop around a language model: frames of a microphone in, sound to play out.
 *
 * The next turn is awaited while a reply is given (`ahead: 1`); that is how speech can interrupt it.
 */
export const voiceLoop = (think: OutputStream<string, string>) => {
  const reply = pipe(recognize, think, sentences(), each(speak, { ahead: 1 }));
  return pipe(detectSpeech(), turns, each(answer(reply), { ahead: 1 }));
};

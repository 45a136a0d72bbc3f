/** Tells from sound when somebody speaks, while they do. */
import { pipe, sync, type Bidi, type SyncRun } from "@iftk/core";
import { frames, frameSeconds, levelOf, silence, type Frame } from "./sound.js";

/** What is heard. Times are seconds from the beginning of the sound, levels decibels below the loudest that can be. */
export type SpeechEvent =
  | { readonly type: "level"; readonly at: number; readonly level: number; readonly isSpeech: boolean }
  | { readonly type: "speech-start"; readonly at: number }
  | { readonly type: "speech-end"; readonly start: number; readonly end: number; readonly level: number };

/** Decibels by which speech is louder than what is always heard, and below which nothing is speech. */
const [above, faintest] = [12, -50];
/** Frames after which speech has begun, after which it is over, and between two levels. */
const [loudFrames, quietFrames, levelFrames] = [3, 25, 5];

class SpeechRun implements SyncRun<Frame, SpeechEvent> {
  /** The level of what is always heard: it falls at once and rises by a decibel a second. */
  #floor = -60;
  #frame = 0;
  #loud = 0;
  #quiet = 0;
  #start: number | undefined;
  #loudest = silence;
  #levels: number[] = [];

  take(frame: Frame): SpeechEvent[] {
    const level = levelOf(frame);
    const isLoud = level > Math.max(faintest, this.#floor + above);
    this.#floor = Math.min(level, this.#floor + frameSeconds);
    this.#frame += 1;
    this.#loud = isLoud ? this.#loud + 1 : 0;
    this.#quiet = isLoud ? 0 : this.#quiet + 1;
    if (isLoud) this.#loudest = Math.max(this.#loudest, level);
    else if (this.#start === undefined) this.#loudest = silence;

    const events: SpeechEvent[] = [];
    if (this.#start === undefined && this.#loud >= loudFrames) {
      this.#start = this.#frame - this.#loud;
      events.push({ type: "speech-start", at: seconds(this.#start) });
    }
    if (this.#quiet >= quietFrames) events.push(...this.end());
    this.#levels.push(level);
    if (this.#levels.length < levelFrames) return events;
    return [...events, { type: "level", at: seconds(this.#frame), level: rounded(Math.max(...this.#levels.splice(0))), isSpeech: this.#start !== undefined }];
  }

  end(): SpeechEvent[] {
    if (this.#start === undefined) return [];
    const event: SpeechEvent = { type: "speech-end", start: seconds(this.#start), end: seconds(this.#frame - this.#quiet), level: rounded(this.#loudest) };
    this.#start = undefined;
    return [event];
  }
}

const rounded = (level: number): number => Math.round(level * 10) / 10;
const seconds = (frame: number): number => Math.round(frame * frameSeconds * 100) / 100;

/** From bytes of sound to what is heard: a level for every 100 ms, speech that begins after 60 ms of it, and that is over after half a second of quiet or with the sound. */
export const detectSpeech: Bidi<Uint8Array, SpeechEvent> = pipe(frames, sync("speech", () => new SpeechRun()));

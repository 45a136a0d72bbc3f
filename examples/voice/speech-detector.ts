/** Voice activity by energy: when somebody begins to speak, and what was said when they stop. */
import { bidi, type Stream } from "@iftk/core";
import { loudness, type Frame } from "./audio.js";

/** Somebody begins to speak, or has spoken. */
export type SpeechEvent = { readonly type: "speech-start" } | { readonly type: "utterance"; readonly frames: readonly Frame[] };

/** What counts as speech, and when it is over. */
export interface DetectorOptions {
  /** The loudness above which a frame is speech. */
  readonly threshold?: number;
  /** Silent frames that end an utterance; 10 are 200 ms. */
  readonly patience?: number;
  /** Frames after which an utterance is cut; 1500 are 30 s. */
  readonly longest?: number;
}

/** Takes frames one by one and tells what follows from each. */
export class SpeechDetector {
  readonly #options: Required<DetectorOptions>;
  #frames: Frame[] = [];
  #silent = 0;

  constructor({ threshold = 500, patience = 10, longest = 1500 }: DetectorOptions = {}) {
    this.#options = { threshold, patience, longest };
  }

  push(frame: Frame): SpeechEvent[] {
    const { threshold, patience, longest } = this.#options;
    const isLoud = loudness(frame) > threshold;
    const isStart = isLoud && this.#frames.length === 0;
    if (isLoud || this.#frames.length > 0) this.#frames.push(frame);
    this.#silent = isLoud ? 0 : this.#silent + 1;
    const isOver = this.#silent >= patience || this.#frames.length >= longest;
    return [...(isStart ? [{ type: "speech-start" } as const] : []), ...(isOver ? this.flush() : [])];
  }

  /** What was said so far, if anything. */
  flush(): SpeechEvent[] {
    const frames = this.#frames.splice(0);
    return frames.length > 0 ? [{ type: "utterance", frames }] : [];
  }
}

/** The detector as a stage. */
export const detectSpeech = (options?: DetectorOptions) =>
  bidi(async function* detectSpeech(frames: Stream<Frame>) {
    const detector = new SpeechDetector(options);
    for await (const frame of frames) yield* detector.push(frame);
    yield* detector.flush();
  });

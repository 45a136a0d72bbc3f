/** Audio that can be checked: a made-up voice that speaks each character as a tone of its own loudness. */

/** 20 ms of mono sound at 16 kHz. */
export type Frame = Int16Array;

const frameLength = 320;
const quietest = 2000;

/** A square wave. */
function tone(amplitude: number): Frame {
  return Int16Array.from({ length: frameLength }, (_, sample) => (sample % 8 < 4 ? amplitude : -amplitude));
}

/** What a microphone gives while nobody speaks: a faint hum. */
export function silence(count: number): Frame[] {
  return Array.from({ length: count }, () => tone(20));
}

/** The sound of a text, one frame for each UTF-16 unit. */
export function voice(text: string): Frame[] {
  return Array.from({ length: text.length }, (_, index) => tone(quietest + text.charCodeAt(index)));
}

/** The text that was spoken; silence between is left out. */
export function heard(frames: readonly Frame[]): string {
  const peaks = frames.map((frame) => Math.max(...frame));
  return String.fromCharCode(...peaks.filter((peak) => peak >= quietest).map((peak) => peak - quietest));
}

/** The root mean square of the samples. */
export function loudness(frame: Frame): number {
  return Math.sqrt(frame.reduce((sum, sample) => sum + sample * sample, 0) / frame.length);
}

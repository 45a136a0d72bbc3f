/** Sound as it comes over the wire: mono, 16,000 samples a second, each of 16 bits, the lower byte first. */
import { StageError, sync, type Bidi } from "@iftk/core";

/** Samples of 20 ms. */
export type Frame = Int16Array;

/** Seconds of a frame. */
export const frameSeconds = 0.02;
const frameBytes = 640;

/**
 * Cuts bytes into frames, wherever the pieces they come in were cut; what is left at the end and shorter than a frame is dropped.
 *
 * @throws StageError `invalid_argument` for a piece that is not bytes.
 */
export const frames: Bidi<Uint8Array, Frame> = sync("frames", () => {
  const open = new DataView(new ArrayBuffer(frameBytes));
  let filled = 0;
  return {
    take(piece: Uint8Array): Frame[] {
      if (!(piece instanceof Uint8Array)) throw new StageError("invalid_argument", "frames: sound comes as bytes; send each block as a Uint8Array");
      const whole: Frame[] = [];
      for (const byte of piece) {
        open.setUint8(filled, byte);
        filled = (filled + 1) % frameBytes;
        if (filled === 0) whole.push(Int16Array.from({ length: frameBytes / 2 }, (_, sample) => open.getInt16(2 * sample, true)));
      }
      return whole;
    },
  };
});

/** The level of silence. */
export const silence = -90;

/** The root mean square of the samples in decibels; 0 is the loudest that can be, and nothing is below `silence`. */
export function levelOf(frame: Frame): number {
  const power = frame.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / frame.length;
  return Math.max(silence, 10 * Math.log10(power));
}

/** Made-up sound for tests. */

/** A stretch of sound: seconds of it, and how loud, from 0 to 1. */
export type Stretch = readonly [seconds: number, loudness: number];

/** Stretches of a deep tone, as 16-bit samples. */
export function tones(rate: number, ...stretches: readonly Stretch[]): Int16Array {
  const samples = stretches.flatMap(([seconds, loudness]) => Array.from({ length: Math.round(seconds * rate) }, (_, at) => Math.round(32_767 * loudness * Math.sin((2 * Math.PI * 200 * at) / rate))));
  return Int16Array.from(samples);
}

/** The samples as bytes, the lower one first. */
export function bytesOf(samples: Int16Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (const [at, sample] of samples.entries()) view.setInt16(at * 2, sample, true);
  return new Uint8Array(view.buffer);
}

/** The samples as a WAV file of one channel. */
export function waveFile(rate: number, samples: Int16Array): Uint8Array {
  const sound = bytesOf(samples);
  const view = new DataView(new ArrayBuffer(44));
  const text = (at: number, letters: string): void => new TextEncoder().encode(letters).forEach((byte, index) => view.setUint8(at + index, byte));
  text(0, "RIFF");
  view.setUint32(4, 36 + sound.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, sound.length, true);
  return Buffer.concat([new Uint8Array(view.buffer), sound]);
}

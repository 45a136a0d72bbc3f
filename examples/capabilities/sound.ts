/** Sound that stands for speech: a WAV file in which each word is a note. */

/** In samples for each second. */
const rate = 16_000;
/** Of a note, with the pause after it, in samples. */
const noteLength = rate / 4;

/** The file in pieces: its header, and a piece for each word. */
export function soundOf(text: string): Uint8Array[] {
  const notes = text.split(/\s+/u).map((word, index) => note(220 * 2 ** (((word.length * 5 + index) % 12) / 12)));
  return [header(notes.reduce((size, { length }) => size + length, 0)), ...notes];
}

/** A tone that fades away, as 16-bit samples. */
function note(frequency: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(noteLength * 2));
  for (let sample = 0; sample < noteLength; sample++) {
    const fade = (1 - sample / noteLength) ** 2;
    bytes.setInt16(sample * 2, 12_000 * fade * Math.sin((2 * Math.PI * frequency * sample) / rate), true);
  }
  return new Uint8Array(bytes.buffer);
}

/** The 44 bytes before uncompressed mono sound. */
function header(size: number): Uint8Array {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + size, 4);
  header.write("WAVEfmt ", 8, "latin1");
  for (const [at, value] of [[16, 16], [24, rate], [28, rate * 2], [40, size]] as const) header.writeUInt32LE(value, at);
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) header.writeUInt16LE(value, at);
  header.write("data", 36, "latin1");
  return header;
}

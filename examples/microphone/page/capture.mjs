/**
 * Runs in the audio thread: brings what the microphone gives to 16,000 samples a second
 * and posts it in blocks of 100 ms, each sample in 16 bits, the lower byte first.
 */
const targetRate = 16_000;
const blockBytes = 3200;

class Capture extends AudioWorkletProcessor {
  #block = new DataView(new ArrayBuffer(blockBytes));
  #filled = 0;
  /** Samples that fall into the time of one sample of the target rate; their mean is that one. */
  #sum = 0;
  #count = 0;
  #phase = 0;

  process([channels]) {
    for (const sample of channels?.[0] ?? []) {
      this.#sum += sample;
      this.#count += 1;
      this.#phase += targetRate;
      if (this.#phase < sampleRate) continue;
      for (; this.#phase >= sampleRate; this.#phase -= sampleRate) this.#write(this.#sum / this.#count);
      this.#sum = this.#count = 0;
    }
    return true;
  }

  #write(sample) {
    this.#block.setInt16(this.#filled, Math.max(-1, Math.min(1, sample)) * 32_767, true);
    this.#filled += 2;
    if (this.#filled < blockBytes) return;
    this.port.postMessage(new Uint8Array(this.#block.buffer), [this.#block.buffer]);
    this.#block = new DataView(new ArrayBuffer(blockBytes));
    this.#filled = 0;
  }
}

registerProcessor("capture", Capture);

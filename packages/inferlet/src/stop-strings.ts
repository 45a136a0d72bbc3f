/** Finding the text at which a generation ends, in text that comes in pieces. */

interface Automaton {
  readonly text: string;
  /** Length of the longest proper border of each prefix (Knuth, Morris and Pratt 1977). */
  readonly borders: Int32Array;
  /** How much of the text the input ends with. */
  state: number;
}

/**
 * Passes text on up to the first stop text and holds back only what may be the beginning of one.
 *
 * The first is the one that is complete first; of those, the longest. The result does not depend on
 * how the text was cut. It takes time linear in the text, whatever the stop texts are.
 */
export class StopScanner {
  readonly #automata: readonly Automaton[];
  #held = "";
  #found: string | undefined;
  #rest = "";

  /** @param stops texts of at least one character each; with none, all text passes. */
  constructor(stops: readonly string[]) {
    this.#automata = stops.map((text) => ({ text, borders: bordersOf(text), state: 0 }));
  }

  /** The stop text that was found. */
  get found(): string | undefined {
    return this.#found;
  }

  /** What followed the stop text in the piece that completed it. */
  get rest(): string {
    return this.#rest;
  }

  /** What is certain to stand before any stop text; once one was found, nothing passes. */
  write(text: string): string {
    if (this.#found !== undefined) return "";
    if (this.#automata.length === 0) return text;
    const start = this.#held.length;
    const pending = this.#held + text;
    for (let index = start; index < pending.length; index++) {
      const found = this.#advance(pending.charCodeAt(index));
      if (found === undefined) continue;
      this.#found = found;
      this.#held = "";
      this.#rest = pending.slice(index + 1);
      return pending.slice(0, index + 1 - found.length);
    }
    let held = 0;
    for (const { state } of this.#automata) if (state > held) held = state;
    this.#held = held === 0 ? "" : pending.slice(pending.length - held);
    return held === 0 ? pending : pending.slice(0, pending.length - held);
  }

  /** What was held back, when the text is at its end; the scanner can be used anew if it found nothing. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    for (const automaton of this.#automata) automaton.state = 0;
    return held;
  }

  #advance(unit: number): string | undefined {
    let found: string | undefined;
    for (const automaton of this.#automata) {
      const { text, borders } = automaton;
      let { state } = automaton;
      while (state > 0 && text.charCodeAt(state) !== unit) state = borders[state - 1] as number;
      if (text.charCodeAt(state) === unit) state++;
      automaton.state = state;
      if (state === text.length && (found === undefined || text.length > found.length)) found = text;
    }
    return found;
  }
}

function bordersOf(text: string): Int32Array {
  const borders = new Int32Array(text.length);
  let border = 0;
  for (let index = 1; index < text.length; index++) {
    while (border > 0 && text.charCodeAt(index) !== text.charCodeAt(border)) border = borders[border - 1] as number;
    if (text.charCodeAt(index) === text.charCodeAt(border)) border++;
    borders[index] = border;
  }
  return borders;
}

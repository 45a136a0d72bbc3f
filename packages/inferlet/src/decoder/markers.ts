/** Finding marks in text that comes in pieces. */

export interface FoundMarker {
  readonly at: number;
  readonly marker: string;
}

/** A few texts that mean something, found together in one pass. */
export class Markers {
  readonly #markers: readonly string[];
  readonly #pattern: RegExp | undefined;
  readonly #longest: number;
  /** The characters that marks begin with. */
  readonly #firsts: string;

  /** Of two that begin at the same place the longer one is found. */
  constructor(markers: readonly string[]) {
    this.#markers = [...new Set(markers)].sort((left, right) => right.length - left.length);
    this.#longest = this.#markers[0]?.length ?? 0;
    this.#firsts = this.#markers.map((marker) => marker.charAt(0)).join("");
    this.#pattern = this.#longest > 0 ? new RegExp(this.#markers.map(escaped).join("|"), "g") : undefined;
  }

  get isEmpty(): boolean {
    return this.#pattern === undefined;
  }

  has(text: string): boolean {
    return this.#markers.includes(text);
  }

  /** The first mark in the text. */
  find(text: string): FoundMarker | undefined {
    if (!this.#pattern) return undefined;
    this.#pattern.lastIndex = 0;
    const match = this.#pattern.exec(text);
    return match ? { at: match.index, marker: match[0] } : undefined;
  }

  /** The mark that the text begins with. */
  atStart(text: string): string | undefined {
    return this.#markers.find((marker) => text.startsWith(marker));
  }

  /** Whether the text may become a mark. */
  mayBecome(text: string): boolean {
    return this.#markers.some((marker) => marker.startsWith(text));
  }

  /** Length of the longest end of the text that may become a mark, and is none. */
  pending(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length--) {
      const at = text.length - length;
      if (this.#firsts.includes(text.charAt(at)) && this.mayBecome(text.slice(at))) return length;
    }
    return 0;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/gu, String.raw`\$&`);
}

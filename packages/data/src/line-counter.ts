/** Lines of bytes that are cut anywhere. */

const lineFeed = 0x0a;
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, lineFeed]);

/** Tells on which line a byte stands. It is asked about bytes of the last piece, and goes through each piece once. */
export class LineCounter {
  #piece: Uint8Array = new Uint8Array(0);
  /** Bytes before the piece. */
  #start = 0;
  #line = 1;
  /** The next line feed that is not counted yet. */
  #next = Infinity;

  push(piece: Uint8Array): void {
    this.lineAt(Infinity);
    this.#start += this.#piece.length;
    this.#piece = piece;
    this.#next = this.#feedFrom(this.#start);
  }

  /** The line of a byte, by the number of bytes before it. One that is not behind the last one that was asked about is on its line. */
  lineAt(position: number): number {
    while (this.#next < position) {
      this.#line++;
      this.#next = this.#feedFrom(this.#next + 1);
    }
    return this.#line;
  }

  /** The line of the first byte from there on that is not blank. */
  lineOfNext(position: number): number {
    let index = Math.max(0, position - this.#start);
    while (blanks.has(this.#piece[index] as number)) index++;
    return this.lineAt(this.#start + index);
  }

  #feedFrom(position: number): number {
    const index = this.#piece.indexOf(lineFeed, position - this.#start);
    return index < 0 ? Infinity : this.#start + index;
  }
}

/** The string of RFC 8259, section 7, read in pieces. */

const quote = 0x22;
const backslash = 0x5c;

/** What may follow a backslash, and what it stands for. */
const escapes: ReadonlyMap<string, string> = new Map([['"', '"'], ["\\", "\\"], ["/", "/"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"]]);

/** Reads one string after another. */
export class JsonString {
  /**
   * What there is of the string, but for half an escape and a high surrogate that may have its other half to come.
   * It is only appended to and never looked into, so that a long string in short pieces stays cheap.
   */
  text = "";
  /** Whether the closing quote was read. */
  isOver = false;
  #high = "";
  /** What there is of an escape, its backslash included. */
  #escape = "";

  /** Begins a string, after its opening quote. */
  begin(): void {
    this.text = "";
    this.isOver = false;
  }

  /** Reads on from a place in the piece and gives the place after what it has read; `~place` of a character that cannot stand there. */
  read(piece: string, from: number): number {
    if (this.#escape !== "") return this.#readEscape(piece, from);
    let at = from;
    let code = piece.charCodeAt(at);
    while (code >= 0x20 && code !== quote && code !== backslash) code = piece.charCodeAt(++at); // NaN at the end
    if (at > from) this.#append(piece.slice(from, at));
    if (at === piece.length) return at;
    if (code === quote) this.#end();
    else if (code === backslash) this.#escape = "\\";
    else return ~at;
    return at + 1;
  }

  #readEscape(piece: string, at: number): number {
    const character = piece[at] as string;
    if (this.#escape === "\\" && character !== "u") {
      const meant = escapes.get(character);
      if (meant === undefined) return ~at;
      this.#escape = "";
      this.#append(meant);
    } else {
      if (this.#escape !== "\\" && !/[\da-f]/iu.test(character)) return ~at;
      this.#escape += character;
      if (this.#escape.length < 6) return at + 1;
      this.#append(String.fromCharCode(Number.parseInt(this.#escape.slice(2), 16)));
      this.#escape = "";
    }
    return at + 1;
  }

  #append(text: string): void {
    const whole = this.#high + text;
    const last = whole.charCodeAt(whole.length - 1);
    const isHigh = last >= 0xd800 && last <= 0xdbff;
    this.#high = isHigh ? whole.slice(-1) : "";
    this.text += isHigh ? whole.slice(0, -1) : whole;
  }

  #end(): void {
    this.text += this.#high;
    this.#high = "";
    this.isOver = true;
  }
}

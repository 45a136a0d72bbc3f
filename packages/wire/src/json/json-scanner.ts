/** Reads JSON text (RFC 8259) in pieces, one character after another, and builds its value. */
import { StageError } from "@iftk/core";
import { beginNumber, isWhole, numberEnd, numberFault, stepNumber } from "./json-number.js";
import { JsonString } from "./json-string.js";
import { JsonTree } from "./json-tree.js";

/** Bounds on what is read. */
export interface JsonReaderOptions {
  /** Arrays and objects that may be open at one time; 512 without it. */
  readonly maxDepth?: number;
  /** UTF-16 code units that the text may have; 16 Mi without it. */
  readonly maxLength?: number;
}

// What is expected next.
const aValue = 0;
const anElementOrEnd = 1;
const aKeyOrEnd = 2;
const aKey = 3;
const aColon = 4;
const aCommaOrEnd = 5;
const theEnd = 6;
const inString = 7;
const inNumber = 8;
const inLiteral = 9;

/** The same in words. */
const expectations = ["a value", 'a value or "]"', 'a key or "}"', "a key", '":"', '"," or the closing bracket', "the end of the text", "the rest of a string", "the rest of a number", "the rest of true, false or null"];

interface Literal {
  readonly word: string;
  readonly value: true | false | null;
}

const literals: ReadonlyMap<string, Literal> = new Map([["t", { word: "true", value: true }], ["f", { word: "false", value: false }], ["n", { word: "null", value: null }]]);

/** Reads one text. The work for all its pieces together is linear in their length, however it is cut. */
export class JsonScanner {
  /** The value, without what there is of a string, a number or a literal. */
  readonly tree = new JsonTree();
  /** What is wrong with the text, once that is known. */
  error: StageError | undefined;
  readonly #maxDepth: number;
  readonly #maxLength: number;
  readonly #onFinal: ((value: unknown) => void) | undefined;
  #expected = aValue;
  /** Characters before the piece that is read. */
  #position = 0;
  readonly #string = new JsonString();
  /** What there is of a number or a literal. */
  #token = "";
  #isKey = false;
  /** Characters of the open string that the tree has; -1 when it does not have the string yet. */
  #had = -1;
  #numberPlace = numberFault;
  #literal: Literal | undefined;
  #isChanged = false;

  /** `onFinal` is told of each value when it is complete; `tree.path` then leads to it. */
  constructor({ maxDepth = 512, maxLength = 2 ** 24 }: JsonReaderOptions, onFinal?: (value: unknown) => void) {
    this.#maxDepth = maxDepth;
    this.#maxLength = maxLength;
    this.#onFinal = onFinal;
  }

  /** Whether there is more of the value than was shown last. */
  get isChanged(): boolean {
    return this.#isChanged || this.#hasMoreText;
  }

  /** Whether a string that is a value has begun and not ended. */
  get isInString(): boolean {
    return this.#expected === inString && !this.#isKey;
  }

  /** Whether the value is complete, also where an error came after it. */
  get isWhole(): boolean {
    return this.#expected === theEnd;
  }

  /** What there is of the string that was begun last. */
  get text(): string {
    return this.#string.text;
  }

  get #hasMoreText(): boolean {
    return this.isInString && this.text.length > this.#had;
  }

  /** Takes the next piece; after an error nothing is read. */
  push(piece: string): void {
    if (this.error) return;
    if (this.#position + piece.length > this.#maxLength) return this.#refuse(`the JSON text is longer than ${this.#maxLength} characters`);
    this.tree.earn(piece.length);
    for (let at = 0; at < piece.length && !this.error; ) {
      if (this.#expected === inString) at = this.#readString(piece, at);
      else if (this.#expected === inNumber) at = this.#readNumber(piece, at);
      else if (this.#expected === inLiteral) at = this.#readLiteral(piece, at);
      else at = this.#readStructure(piece, at);
    }
    this.#position += piece.length;
  }

  /** What there is of the value; undefined before it begins. */
  show(): unknown {
    if (this.#hasMoreText) this.#putText();
    this.#isChanged = false;
    return this.tree.show();
  }

  /** Takes the end of the text: only by it a number at the root is complete. */
  end(): void {
    if (this.error) return;
    if (this.#expected === inNumber && this.tree.depth === 0 && isWhole(this.#numberPlace)) this.#complete(Number(this.#token));
    if (this.#expected !== theEnd) this.error = new StageError("unavailable", `the JSON text is cut off after ${this.#position} characters: ${expectations[this.#expected]} is missing`, { reason: "truncated" });
  }

  #readStructure(piece: string, at: number): number {
    const character = piece[at] as string;
    if (character === " " || character === "\n" || character === "\r" || character === "\t") return at + 1;
    const closing = this.tree.isInArray ? "]" : "}";
    switch (this.#expected) {
      case aValue:
        return this.#begin(piece, at);
      case anElementOrEnd:
        return character === closing ? this.#close(at) : this.#begin(piece, at);
      case aKeyOrEnd:
        if (character === closing) return this.#close(at);
        return character === '"' ? this.#beginString(at, true) : this.#fail(piece, at);
      case aKey:
        return character === '"' ? this.#beginString(at, true) : this.#fail(piece, at);
      case aColon:
        if (character !== ":") return this.#fail(piece, at);
        this.#expected = aValue;
        return at + 1;
      case aCommaOrEnd:
        if (character === closing) return this.#close(at);
        if (character !== ",") return this.#fail(piece, at);
        if (this.tree.isInArray) this.tree.nextElement();
        this.#expected = this.tree.isInArray ? aValue : aKey;
        return at + 1;
      default:
        return this.#fail(piece, at);
    }
  }

  /** Begins a value. */
  #begin(piece: string, at: number): number {
    const character = piece[at] as string;
    if (character === '"') return this.#beginString(at, false);
    if (character === "{") return this.#open({}, aKeyOrEnd, at);
    if (character === "[") return this.#open([], anElementOrEnd, at);
    this.#literal = literals.get(character);
    this.#numberPlace = beginNumber(character.charCodeAt(0));
    if (!this.#literal && this.#numberPlace === numberFault) return this.#fail(piece, at);
    this.#expected = this.#literal ? inLiteral : inNumber;
    this.#token = character;
    return at + 1;
  }

  #open(container: unknown[] | Record<string, unknown>, expected: number, at: number): number {
    if (this.tree.depth === this.#maxDepth) this.#refuse(`the JSON text nests deeper than ${this.#maxDepth} levels`);
    else this.tree.open(container);
    this.#isChanged = true;
    this.#expected = expected;
    return at + 1;
  }

  #close(at: number): number {
    const container = this.tree.close();
    this.#expected = this.tree.depth === 0 ? theEnd : aCommaOrEnd;
    this.#onFinal?.(container);
    return at + 1;
  }

  /** Sets a number or literal, which was not shown before it is complete. */
  #complete(value: unknown): void {
    this.tree.put(value);
    this.#isChanged = true;
    this.#expected = this.tree.depth === 0 ? theEnd : aCommaOrEnd;
    this.#onFinal?.(value);
  }

  #beginString(at: number, isKey: boolean): number {
    this.#expected = inString;
    this.#isKey = isKey;
    this.#string.begin();
    this.#had = -1;
    return at + 1;
  }

  #readString(piece: string, from: number): number {
    const at = this.#string.read(piece, from);
    if (at < 0) return this.#fail(piece, ~at);
    if (this.#string.isOver) this.#endString();
    return at;
  }

  #endString(): void {
    if (this.#isKey) {
      this.#expected = aColon;
      return this.tree.nextMember(this.text);
    }
    if (this.#hasMoreText) {
      this.#putText();
      this.#isChanged = true;
    }
    this.#expected = this.tree.depth === 0 ? theEnd : aCommaOrEnd;
    this.#onFinal?.(this.text);
  }

  #putText(): void {
    this.tree.put(this.text);
    this.#had = this.text.length;
  }

  #readNumber(piece: string, from: number): number {
    let at = from;
    let place = this.#numberPlace;
    while (at < piece.length) {
      place = stepNumber(place, piece.charCodeAt(at));
      if (place === numberFault) return this.#fail(piece, at);
      if (place === numberEnd) break;
      at++;
    }
    this.#token += piece.slice(from, at);
    this.#numberPlace = place;
    if (place === numberEnd) this.#complete(Number(this.#token));
    return at;
  }

  #readLiteral(piece: string, at: number): number {
    const { word, value } = this.#literal as Literal;
    if (piece[at] !== word[this.#token.length]) return this.#fail(piece, at);
    this.#token += piece[at];
    if (this.#token === word) this.#complete(value);
    return at + 1;
  }

  #fail(piece: string, at: number): number {
    const found = String.fromCodePoint(piece.codePointAt(at) as number);
    this.error = new StageError("invalid_argument", `malformed JSON at position ${this.#position + at}: expected ${expectations[this.#expected]}, found ${JSON.stringify(found)}`, { reason: "malformed" });
    return at;
  }

  #refuse(message: string): void {
    this.error = new StageError("resource_exhausted", message, { reason: "too-large" });
  }
}

/** One tool call, read while its JSON comes. */
import { jsonReader } from "@iftk/wire";
import type { EventSink } from "./event-list.js";
import type { CallKeys } from "./format.js";

export interface CallReaderOptions {
  readonly sink: EventSink;
  /** Where to find what; with a `name` the whole JSON is the arguments. */
  readonly keys: CallKeys;
  readonly name?: string | undefined;
  /** Tells nothing before the call is whole. */
  readonly isHeld: boolean;
  readonly previews: boolean;
  /** Characters that the JSON may have. */
  readonly maxLength: number;
}

/** A call whose JSON is whole. */
type Verdict = { readonly name: string; readonly arguments: object } | { readonly name?: string | undefined; readonly message: string };

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads the JSON of one call and tells of it: its start, the text of its arguments, the whole.
 *
 * Brackets and strings are followed here, so that name, arguments and end are known by their places;
 * `jsonReader` says what the value is and what is wrong with it.
 */
export class CallReader {
  readonly #options: CallReaderOptions;
  readonly #json;
  /** Brackets that are open where the arguments begin. */
  readonly #level: number;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #member: "key" | "name" | "arguments" | "other" = "key";
  /** What there is of a key or of the name, as JSON. */
  #captured = "";
  /** Where in the piece that is read the capture goes on, and the arguments. */
  #captureFrom = -1;
  #argumentsFrom = -1;
  /** Characters of the piece that the JSON reader has. */
  #read = 0;
  #hasArguments = false;
  #name: string | undefined;
  #isStarted = false;
  /** Arguments that came before the name. */
  #early = "";
  #isTold = false;
  /** Members that are arguments: a second one makes it unclear which are meant. */
  #argumentMembers = 0;
  #isWhole = false;

  constructor(options: CallReaderOptions) {
    this.#options = options;
    this.#json = jsonReader({ maxLength: options.maxLength });
    this.#name = options.name;
    this.#level = options.name === undefined ? 1 : 0;
    if (options.name !== undefined) this.#start();
  }

  /** Whether the JSON is whole. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What is wrong with the JSON. */
  get fault(): string | undefined {
    return this.#json.error?.message;
  }

  /** Reads on; gives the place in the piece after the end of the JSON. */
  read(piece: string): number {
    this.#read = 0;
    if (this.#captureFrom >= 0) this.#captureFrom = 0;
    if (this.#argumentsFrom >= 0) this.#argumentsFrom = 0;
    let at = 0;
    while (at < piece.length && !this.#isWhole && !this.#json.error) this.#step(piece, at++);
    if (this.#argumentsFrom >= 0) this.#tell(piece, at);
    if (this.#captureFrom >= 0) this.#captured += piece.slice(this.#captureFrom, at);
    this.#push(piece, at);
    return at;
  }

  /** Tells that the call is whole, or what is wrong with it. */
  finish(text: string): void {
    const verdict = this.verdict();
    if ("message" in verdict) return this.refuse(text, verdict.message);
    this.#name = verdict.name;
    if (!this.#isStarted) this.#start(true);
    if (!this.#isTold) this.#options.sink.call({ type: "tool-call-delta", text: JSON.stringify(verdict.arguments), ...(this.#options.previews && { arguments: verdict.arguments }) });
    this.#options.sink.call({ type: "tool-call", name: verdict.name, arguments: verdict.arguments });
  }

  /** Tells that the call is invalid. */
  refuse(text: string, message: string): void {
    const name = this.#name === undefined ? {} : { name: this.#name };
    if (!this.#isStarted) this.#options.sink.call({ type: "tool-call-start", ...name });
    this.#options.sink.call({ type: "tool-call-invalid", ...name, text, message });
  }

  /** The call that the whole JSON holds. */
  verdict(): Verdict {
    if (this.fault !== undefined) return { name: this.#name, message: this.fault };
    const { keys, name } = this.#options;
    const value = this.#json.value;
    const outer = isObject(value) ? value : {};
    const call = name === undefined && isObject(outer["function"]) ? outer["function"] : outer;
    const called = name ?? memberOf(call, keys.name);
    if (typeof called !== "string" || called === "") return { name: this.#name, message: `a call without a name: expected a text at ${keys.name.join(" or ")}` };
    if (this.#isStarted && this.#name !== called) return { name: this.#name, message: "a call with two names" };
    if (this.#argumentMembers > 1) return { name: called, message: "a call that gives its arguments twice" };
    const given = argumentsOf(name === undefined ? memberOf(call, keys.arguments) : value);
    if (!isObject(given)) return { name: called, message: "the arguments of a call: expected a JSON object" };
    return { name: called, arguments: given };
  }

  #step(piece: string, at: number): void {
    const code = piece.charCodeAt(at);
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (code === backslash) this.#isEscaped = true;
      else if (code === quote) this.#endString(piece, at);
      return;
    }
    switch (code) {
      case quote:
        this.#isInString = true;
        if (this.#depth === 1 && this.#level === 1 && (this.#member === "key" || this.#member === "name")) {
          this.#captured = "";
          this.#captureFrom = at;
        }
        return;
      case openBrace:
      case openBracket:
        if (this.#depth === this.#level && (this.#level === 0 || this.#member === "arguments") && code === openBrace && !this.#hasArguments) {
          this.#hasArguments = true;
          this.#argumentsFrom = at;
        }
        this.#depth++;
        return;
      case closeBrace:
      case closeBracket:
        this.#depth--;
        if (this.#argumentsFrom >= 0 && this.#depth === this.#level) {
          this.#tell(piece, at + 1);
          this.#argumentsFrom = -1;
        }
        if (this.#depth > 0) return;
        this.#push(piece, at + 1);
        this.#isWhole = this.#json.isWhole;
        return;
      case colon:
        if (this.#depth === 1 && this.#level === 1) this.#member = this.#memberNamed(this.#captured);
        return;
      case comma:
        if (this.#depth === 1) this.#member = "key";
        return;
      default:
        // What cannot begin an object is refused at once: a number at the root would have no end.
        if (this.#depth === 0) this.#push(piece, at + 1);
    }
  }

  #endString(piece: string, at: number): void {
    this.#isInString = false;
    if (this.#captureFrom < 0) return;
    this.#captured += piece.slice(this.#captureFrom, at + 1);
    this.#captureFrom = -1;
    if (this.#member !== "name" || this.#name !== undefined) return;
    this.#push(piece, at + 1);
    if (this.#json.error) return;
    this.#name = JSON.parse(this.#captured) as string;
    if (this.#name !== "") this.#start();
  }

  #memberNamed(key: string): "name" | "arguments" | "other" {
    const { keys } = this.#options;
    const isOneOf = (names: readonly string[]): boolean => names.some((name) => key === `"${name}"`);
    if (isOneOf(keys.name)) return "name";
    if (!isOneOf(keys.arguments)) return "other";
    this.#argumentMembers++;
    return "arguments";
  }

  #start(isWhole = false): void {
    if (this.#options.isHeld && !isWhole) return;
    this.#isStarted = true;
    this.#options.sink.call({ type: "tool-call-start", name: this.#name as string });
    const early = this.#early;
    this.#early = "";
    if (early !== "") this.#tellText(early);
  }

  /** Tells the arguments that the piece has up to a place. */
  #tell(piece: string, to: number): void {
    const from = this.#argumentsFrom;
    this.#argumentsFrom = to;
    const isWorthReading = this.#push(piece, to);
    if (this.#json.error || from === to) return;
    if (this.#isStarted) this.#tellText(piece.slice(from, to), isWorthReading);
    else this.#early += piece.slice(from, to);
  }

  #tellText(text: string, isWorthReading = true): void {
    this.#isTold = true;
    this.#options.sink.call({ type: "tool-call-delta", text, ...(this.#options.previews && isWorthReading && { arguments: this.#preview() }) });
  }

  #preview(): unknown {
    const { value } = this.#json;
    return this.#level === 0 || !isObject(value) ? value : memberOf(value, this.#options.keys.arguments);
  }

  #push(piece: string, to: number): boolean {
    if (to <= this.#read) return false;
    const isWorthReading = this.#json.push(piece.slice(this.#read, to));
    this.#read = to;
    return isWorthReading;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function memberOf(object: Record<string, unknown>, names: readonly string[]): unknown {
  const name = names.find((key) => Object.hasOwn(object, key));
  return name === undefined ? undefined : object[name];
}

/** Arguments as they are given: an object, the text of one, or nothing where a tool takes none. */
function argumentsOf(value: unknown): unknown {
  if (value === undefined || value === null) return {};
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

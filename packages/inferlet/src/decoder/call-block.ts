/** The calls that stand after one mark. */
import { fence, longestHead, readHead } from "./call-head.js";
import { CallReader } from "./call-reader.js";
import type { EventSink } from "./event-list.js";
import type { CallSyntax } from "./format.js";
import { type FoundMarker, Markers } from "./markers.js";

export interface CallBlockOptions {
  readonly sink: EventSink;
  readonly syntax: CallSyntax;
  /** Names of the tools there are, where they are known. */
  readonly names: ReadonlySet<string> | undefined;
  /** The name of the tool, where the mark has told it: what follows is its arguments. */
  readonly name?: string | undefined;
  readonly previews: boolean;
  readonly maxLength: number;
}

/** How a block ends: with text that was no call after all, and with what follows it. */
export interface BlockEnd {
  readonly isCall: boolean;
  /** The closing mark, where there was one. */
  readonly closer?: string;
  /** What is to be read on; for a block that is no call, everything after its mark. */
  readonly rest: string;
}

/**
 * Reads what follows the mark of a call up to the mark that closes it, however it is cut.
 *
 * A closing mark inside a JSON string closes nothing, unless the JSON turns out to be malformed or is
 * cut off: then the call is what stands before the first closing mark. A call whose JSON is whole stands
 * without its closing mark too.
 */
export class CallBlock {
  readonly #options: CallBlockOptions;
  readonly #closers: Markers;
  #phase: "head" | "list" | "json" | "tail" | "between" | "broken" = "head";
  #head = "";
  #call: CallReader | undefined;
  /** What the model wrote since the call began. */
  #text = "";
  #textEnd = 0;
  /** The first closing mark in it, and the end of the text in which it is looked for. */
  #close: FoundMarker | undefined;
  #searched = "";
  #tail = "";
  /** What was passed over since the last JSON: it is told only where there is no call, or a malformed one. */
  #skipped = "";
  #isFenced = false;
  /** What separates the call from the one before it. */
  #before = "";
  #isInList = false;
  #calls = 0;
  #fault = "";

  constructor(options: CallBlockOptions) {
    this.#options = options;
    this.#closers = closersOf(options.syntax);
    if (options.name !== undefined) this.#begin();
  }

  /** Takes a piece; gives the end of the block once it is there. */
  write(piece: string): BlockEnd | undefined {
    let rest: string | BlockEnd = piece;
    while (typeof rest === "string" && rest !== "") rest = this.#read(rest);
    return typeof rest === "string" ? undefined : rest;
  }

  /** The end of the block where the reply is at its end. */
  end(): BlockEnd {
    switch (this.#phase) {
      case "head":
        return { isCall: false, rest: this.#head };
      case "json":
        if (this.#isBare) return this.#giveBack();
        return this.#refuse("the call is cut off");
      case "broken":
        return this.#refuse(this.#fault);
      case "tail":
        this.#settle();
        break;
      case "list":
        return this.#calls > 0 ? { isCall: true, rest: "" } : { isCall: false, rest: `[${this.#skipped}` };
      case "between":
    }
    return { isCall: true, rest: this.#tail };
  }

  get #isBare(): boolean {
    return this.#options.syntax.open === undefined && this.#options.name === undefined;
  }

  #read(piece: string): string | BlockEnd {
    switch (this.#phase) {
      case "head":
        return this.#readHead(piece);
      case "list":
        return this.#readList(piece);
      case "json":
        return this.#readJson(piece);
      case "tail":
        return this.#readTail(piece);
      case "between":
        return this.#readBetween(piece);
      case "broken":
        return this.#readBroken(piece);
    }
  }

  /** Reads up to the JSON. */
  #readHead(piece: string): string | BlockEnd {
    this.#head += piece;
    const head = readHead(this.#head, this.#options.syntax);
    if (head === "open") return "";
    if (head === "none") return { isCall: false, rest: this.#head };
    this.#isFenced = head.isFenced;
    if (head.isList) this.#phase = "list";
    else this.#begin(head.name);
    return head.rest;
  }

  #readList(piece: string): string | BlockEnd {
    const rest = piece.replace(/^[\s,]+/u, "");
    this.#skipped += piece.slice(0, piece.length - rest.length);
    if (rest === "") return "";
    if (rest.startsWith("{")) {
      this.#begin();
      return rest;
    }
    if (this.#calls === 0) return { isCall: false, rest: `[${this.#skipped}${rest}` };
    if (!rest.startsWith("]")) return { isCall: true, rest };
    this.#phase = "tail";
    return this.#closers.isEmpty ? { isCall: true, rest: rest.slice(1) } : rest.slice(1);
  }

  #readJson(piece: string): string | BlockEnd {
    const call = this.#call as CallReader;
    const before = this.#text.length;
    const end = call.read(piece);
    if (call.fault !== undefined || !call.isWhole) {
      this.#append(piece);
      if (call.fault !== undefined) return this.#break(call.fault);
      return this.#text.length > this.#options.maxLength ? this.#break(`the call is longer than ${this.#options.maxLength} characters`) : "";
    }
    this.#text += piece.slice(0, end);
    this.#textEnd = before + end;
    this.#close = undefined;
    this.#searched = "";
    if (this.#isBare && !this.#isKnown()) return this.#giveBack(piece.slice(end));
    if (this.#isInList || this.#closers.isEmpty) this.#settle();
    this.#phase = this.#isInList ? "list" : this.#closers.isEmpty ? "between" : "tail";
    return piece.slice(end) || (this.#phase === "between" && this.#options.syntax.separator === undefined ? { isCall: true, rest: "" } : "");
  }

  /** Reads what stands between a whole call and its closing mark. */
  #readTail(piece: string): string | BlockEnd {
    const text = this.#tail + piece;
    const tail = text.trimStart();
    this.#tail = "";
    this.#skipped += text.slice(0, text.length - tail.length);
    if (tail === "") return "";
    if (this.#isFenced && tail.startsWith(fence)) {
      this.#isFenced = false;
      this.#skipped += fence;
      return tail.slice(fence.length);
    }
    const closer = this.#closers.atStart(tail);
    if (closer !== undefined) {
      this.#settle();
      return { isCall: true, closer, rest: tail.slice(closer.length) };
    }
    if (this.#closers.mayBecome(tail) || (this.#isFenced && fence.startsWith(tail))) {
      this.#tail = tail;
      return "";
    }
    if (tail.startsWith("{") && this.#call && this.#options.name === undefined && this.#options.syntax.forms.includes("object")) {
      this.#settle();
      this.#begin();
      return tail;
    }
    if (this.#call && /^[}\],]/u.test(tail)) {
      this.#append(this.#skipped + tail);
      return this.#break("the JSON of the call goes on after its end");
    }
    this.#settle();
    return { isCall: true, rest: tail };
  }

  /** Reads what stands after a call that its JSON ends: another one, perhaps. */
  #readBetween(piece: string): string | BlockEnd {
    const { separator } = this.#options.syntax;
    const tail = (this.#tail + piece).trimStart();
    this.#tail = "";
    if (tail === "") return "";
    const next = separator !== undefined && tail.startsWith(separator) ? tail.slice(separator.length).trimStart() : undefined;
    if (next?.startsWith("{")) {
      this.#begin();
      this.#before = tail.slice(0, tail.length - next.length);
      return next;
    }
    if (next !== "" || tail.length > longestHead) return { isCall: true, rest: tail };
    this.#tail = tail;
    return "";
  }

  #readBroken(piece: string): string | BlockEnd {
    this.#append(piece);
    return this.#break(this.#fault);
  }

  #begin(name = this.#options.name): void {
    const { sink, syntax, previews, maxLength } = this.#options;
    this.#call = new CallReader({ sink, keys: syntax.keys ?? usualKeys, name, isHeld: this.#isBare, previews, maxLength: maxLength + 1 });
    this.#isInList = this.#phase === "list";
    this.#phase = "json";
    this.#text = "";
    this.#skipped = "";
    this.#close = undefined;
    this.#searched = "";
  }

  /** Keeps what was written, and looks for the first closing mark in it. */
  #append(piece: string): void {
    if (!this.#close && !this.#closers.isEmpty) {
      const window = this.#searched + piece;
      const found = this.#closers.find(window);
      if (found) this.#close = { at: this.#text.length - this.#searched.length + found.at, marker: found.marker };
      this.#searched = window.slice(window.length - this.#closers.pending(window));
    }
    this.#text += piece;
  }

  /** The call is malformed: it goes on to its closing mark, or as far as calls may go. */
  #break(fault: string): string | BlockEnd {
    if (this.#isBare) return this.#giveBack();
    this.#phase = "broken";
    this.#fault = fault;
    return this.#close || this.#text.length > this.#options.maxLength ? this.#refuse(fault) : "";
  }

  #refuse(fault: string): BlockEnd {
    const { at, marker: closer } = this.#close ?? { at: this.#text.length, marker: "" };
    this.#call?.refuse(this.#text.slice(0, at), fault);
    return { isCall: true, closer, rest: this.#text.slice(at + closer.length) };
  }

  #settle(): void {
    this.#call?.finish(this.#text.slice(0, this.#textEnd));
    this.#call = undefined;
    this.#calls++;
  }

  #isKnown(): boolean {
    const { names } = this.#options;
    const verdict = this.#call?.verdict();
    return verdict !== undefined && !("message" in verdict) && (names === undefined || names.has(verdict.name));
  }

  #giveBack(rest = ""): BlockEnd {
    return { isCall: this.#calls > 0, rest: this.#before + this.#text + rest };
  }
}

const usualKeys = { name: ["name"], arguments: ["arguments", "parameters"] };

const closersBySyntax = new WeakMap<CallSyntax, Markers>();

function closersOf(syntax: CallSyntax): Markers {
  let closers = closersBySyntax.get(syntax);
  if (!closers) closersBySyntax.set(syntax, (closers = new Markers(syntax.close ?? [])));
  return closers;
}

/** Reads replies of the families that mark thinking and calls by tags. */
import { CallBlock } from "./call-block.js";
import type { EventSink } from "./event-list.js";
import type { CallSyntax, ReaderOptions, ReplyReader, TagFormatDefinition, ThinkingTags } from "./format.js";
import { inParts } from "./in-parts.js";
import { Markers } from "./markers.js";

/** The marks that count, by what the reader is asked for. */
interface Tags {
  readonly thinking: ReadonlyMap<string, ThinkingTags>;
  readonly calls: ReadonlyMap<string, CallSyntax>;
  readonly bare: CallSyntax | undefined;
  /** Marks that count anywhere, and those that count where nothing was said since the last mark. */
  readonly anywhere: Markers;
  readonly first: Markers;
  /** Marks that end something; where nothing is open they mean nothing. */
  readonly closing: ReadonlySet<string>;
}

/**
 * Splits a reply at its marks.
 *
 * A mark of thinking that is written out counts at the beginning of the reply and right after another
 * mark, so that text may speak of it; one that is a token of its own counts anywhere. White space
 * beside a mark belongs to neither side, except what text ends with.
 */
export class TagReader implements ReplyReader {
  readonly #sink: EventSink;
  readonly #options: ReaderOptions;
  readonly #tags: Tags;
  #state: "start" | "text" | "thinking" | "call" = "start";
  /** What may become a mark. */
  #held = "";
  /** White space at the beginning of the reply. */
  #space = "";
  #isFirst = true;
  #isBareAllowed = true;
  #thinking: ThinkingTags | undefined;
  #close = new Markers([]);
  #opener = "";
  #block: CallBlock | undefined;

  constructor(definition: TagFormatDefinition, sink: EventSink, options: ReaderOptions) {
    this.#sink = sink;
    this.#options = options;
    this.#tags = tagsOf(definition, options);
    const opened = openedBy(definition, options);
    if (opened) this.#beginThinking(opened);
    // A model may write again the mark that the prompt ends with.
    if (opened) this.#state = "start";
  }

  write(text: string, isMarker: boolean): void {
    if (isMarker && this.#state !== "call") this.#mark(text);
    else this.#read(text);
  }

  end(): void {
    while (this.#state === "call") {
      const { isCall, rest } = (this.#block as CallBlock).end();
      this.#leave(isCall);
      this.#read(rest);
    }
    const held = this.#held;
    this.#held = "";
    if (this.#thinking) {
      this.#sink.thinking(held);
      this.#sink.endThinking();
    } else {
      this.#sink.text(this.#space + held);
    }
    this.#space = "";
  }

  #read(text: string): void {
    for (const part of inParts(text)) {
      let rest = part;
      while (rest !== "") {
        if (this.#state === "text") rest = this.#readText(rest);
        else if (this.#state === "start") rest = this.#readStart(rest);
        else if (this.#state === "thinking") rest = this.#readThinking(rest);
        else rest = this.#readCall(rest);
      }
    }
  }

  /** A mark that is a token of its own. */
  #mark(marker: string): void {
    if (this.#thinking) {
      if (marker === this.#thinking.close) {
        this.#sink.thinking(this.#held);
        this.#endThinking();
      } else if (marker !== this.#thinking.open) {
        this.#read(marker);
      }
      return;
    }
    if (!this.#tags.first.has(marker)) {
      if (!this.#tags.closing.has(marker)) this.#read(marker);
      return;
    }
    if (this.#held !== "") this.#sink.text(this.#space + this.#held);
    this.#open(marker);
  }

  #readStart(piece: string): string {
    let text = this.#held + piece;
    if (this.#held === "") {
      text = piece.trimStart();
      if (this.#isFirst) this.#space += piece.slice(0, piece.length - text.length);
      if (text === "") return "";
    }
    this.#held = "";
    const { first, bare } = this.#tags;
    if (this.#thinking) {
      const { open } = this.#thinking;
      if (open.startsWith(text) && text !== open) this.#held = text;
      else this.#state = "thinking";
      return this.#held !== "" ? "" : text.startsWith(open) ? text.slice(open.length) : text;
    }
    const marker = first.atStart(text);
    if (marker !== undefined) {
      this.#open(marker);
      return text.slice(marker.length);
    }
    if (first.mayBecome(text)) {
      this.#held = text;
      return "";
    }
    if (bare && this.#isBareAllowed && text.startsWith("{")) {
      this.#begin(bare, this.#space);
      return text;
    }
    this.#say();
    return text;
  }

  #readText(piece: string): string {
    const { anywhere } = this.#tags;
    const text = this.#held + piece;
    this.#held = "";
    const found = anywhere.find(text);
    if (found) {
      this.#sink.text(text.slice(0, found.at));
      this.#open(found.marker);
      return text.slice(found.at + found.marker.length);
    }
    const pending = anywhere.pending(text);
    this.#held = pending === 0 ? "" : text.slice(text.length - pending);
    this.#sink.text(pending === 0 ? text : text.slice(0, text.length - pending));
    return "";
  }

  #readThinking(piece: string): string {
    const text = this.#held + piece;
    this.#held = "";
    const found = this.#close.find(text);
    if (found) {
      this.#sink.thinking(text.slice(0, found.at));
      this.#endThinking();
      return text.slice(found.at + found.marker.length);
    }
    const pending = this.#close.pending(text);
    this.#held = pending === 0 ? "" : text.slice(text.length - pending);
    this.#sink.thinking(pending === 0 ? text : text.slice(0, text.length - pending));
    return "";
  }

  #readCall(piece: string): string {
    const end = (this.#block as CallBlock).write(piece);
    if (!end) return "";
    this.#leave(end.isCall);
    if (end.rest.length <= piece.length) return end.rest;
    this.#read(end.rest);
    return "";
  }

  #open(marker: string): void {
    this.#held = "";
    const tags = this.#tags.thinking.get(marker);
    const syntax = this.#tags.calls.get(marker);
    if (tags) this.#beginThinking(tags);
    else if (syntax) this.#begin(syntax, marker);
    else this.#restart();
  }

  #beginThinking(tags: ThinkingTags): void {
    this.#restart();
    this.#state = "thinking";
    this.#thinking = tags;
    this.#close = new Markers([tags.close]);
  }

  #endThinking(): void {
    this.#sink.endThinking();
    this.#thinking = undefined;
    this.#restart();
  }

  #begin(syntax: CallSyntax, opener: string): void {
    const { tools, previews, maxCallLength } = this.#options;
    this.#opener = opener;
    this.#space = "";
    this.#state = "call";
    this.#block = new CallBlock({ sink: this.#sink, syntax, names: typeof tools === "object" ? tools : undefined, previews, maxLength: maxCallLength });
  }

  #leave(isCall: boolean): void {
    this.#block = undefined;
    if (isCall) {
      this.#isBareAllowed = false;
      this.#restart();
    } else {
      this.#say();
      this.#sink.text(this.#opener);
    }
  }

  /** What follows stands right after a mark. */
  #restart(): void {
    this.#state = "start";
    this.#held = "";
    this.#space = "";
    this.#isFirst = false;
  }

  #say(): void {
    this.#sink.text(this.#space);
    this.#space = "";
    this.#isFirst = false;
    this.#isBareAllowed = false;
    this.#state = "text";
  }
}

/** The tags that the prompt has opened, or that are taken for open where it is not known. */
function openedBy({ thinking = [], isThinkingFirst = false }: TagFormatDefinition, { reasoning, prompt }: ReaderOptions): ThinkingTags | undefined {
  if (!reasoning) return undefined;
  if (prompt === undefined) return isThinkingFirst ? thinking[0] : undefined;
  const end = prompt.trimEnd();
  return thinking.find(({ open }) => end.endsWith(open));
}

const known = new WeakMap<TagFormatDefinition, Map<string, Tags>>();

/** The tags of a format; they are put together once. */
function tagsOf(definition: TagFormatDefinition, { reasoning, tools }: ReaderOptions): Tags {
  const isCalling = tools !== false;
  const key = `${String(reasoning)} ${String(isCalling)}`;
  const made = known.get(definition) ?? new Map<string, Tags>();
  known.set(definition, made);
  let tags = made.get(key);
  if (tags) return tags;
  const calls = isCalling ? (definition.calls ?? []) : [];
  const wrappers = isCalling ? (definition.wrappers ?? []) : [];
  const thinking = new Map((reasoning ? (definition.thinking ?? []) : []).map((pair) => [pair.open, pair]));
  const byOpener = new Map(calls.flatMap((syntax) => (syntax.open === undefined ? [] : [[syntax.open, syntax] as const])));
  tags = {
    thinking,
    calls: byOpener,
    bare: calls.find(({ open }) => open === undefined),
    anywhere: new Markers([...byOpener.keys(), ...wrappers]),
    first: new Markers([...thinking.keys(), ...byOpener.keys(), ...wrappers]),
    closing: new Set([...[...thinking.values()].map(({ close }) => close), ...calls.flatMap(({ close = [] }) => close)]),
  };
  made.set(key, tags);
  return tags;
}

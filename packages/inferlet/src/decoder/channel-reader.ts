/** Reads replies in the harmony format of gpt-oss, which are messages on channels. */
import { type BlockEnd, CallBlock } from "./call-block.js";
import type { EventSink } from "./event-list.js";
import type { CallSyntax, ReaderOptions, ReplyReader } from "./format.js";
import { inParts } from "./in-parts.js";
import { Markers } from "./markers.js";

const start = "<|start|>";
const channel = "<|channel|>";
const constrain = "<|constrain|>";
const message = "<|message|>";
const ends = ["<|end|>", "<|call|>", "<|return|>"];

export const channelMarkers: readonly string[] = [start, channel, constrain, message, ...ends];

const bounds = new Markers([start, channel, ...ends]);
const headerBounds = new Markers([message, ...ends]);
/** Where a message may begin without a mark: a prompt that ends with the role is followed by the recipient. */
const recipient = /^to=[^\s<]+\s*$/u;
const mayBeRecipient = /^(?:t|to|to=\S*\s*)$/u;
const longestHeader = 256;

const syntax: CallSyntax = { close: [...ends, start, channel], forms: ["object"] };

/**
 * A message is a header, `<|message|>` and content, up to `<|end|>`, `<|call|>`, `<|return|>` or the next message.
 *
 * Content of the channel `analysis` is thinking, content with a recipient is a call to it, all else is
 * text. Text outside of messages is text, and so is a header that is never finished.
 */
export class ChannelReader implements ReplyReader {
  readonly #sink: EventSink;
  readonly #options: ReaderOptions;
  #state: "outside" | "header" | "text" | "thinking" | "call" = "outside";
  #held = "";
  #header = "";
  /** Whether text may be the recipient of a message whose role stands in the prompt. */
  #isAfterRole = true;
  #block: CallBlock | undefined;

  constructor(sink: EventSink, options: ReaderOptions) {
    this.#sink = sink;
    this.#options = options;
    const { prompt = "" } = options;
    const open = prompt.slice(Math.max(0, prompt.lastIndexOf(start)));
    const from = open.lastIndexOf(channel);
    if (from >= 0 && ends.every((end) => open.lastIndexOf(end) < from)) this.#enter(open.slice(from));
  }

  write(text: string): void {
    this.#read(text);
  }

  end(): void {
    if (this.#block) {
      this.#read(this.#leave(this.#block.end()));
      return this.end();
    }
    this.#giveHeld();
    if (this.#state === "header") this.#sink.text(this.#header);
    this.#close();
  }

  /** Goes on from a message that the prompt has begun. */
  #enter(begun: string): void {
    this.#isAfterRole = false;
    this.#read(begun);
  }

  #read(text: string): void {
    for (const part of inParts(text)) {
      let rest = part;
      while (rest !== "") {
        if (this.#block) rest = this.#readCall(this.#block, rest);
        else rest = this.#state === "header" ? this.#readHeader(rest) : this.#readContent(rest);
      }
    }
  }

  #readCall(block: CallBlock, piece: string): string {
    const end = block.write(piece);
    if (!end) return "";
    const rest = this.#leave(end);
    if (rest.length <= piece.length) return rest;
    this.#read(rest);
    return "";
  }

  #readHeader(piece: string): string {
    // The header is short, so that looking through it anew with each piece costs little.
    const header = this.#header + piece;
    const found = headerBounds.find(header);
    if (!found) {
      this.#header = header;
      return header.length > longestHeader ? this.#giveUpHeader(header) : "";
    }
    if (found.marker !== message || found.at > longestHeader) return this.#giveUpHeader(header);
    this.#header = "";
    const { reasoning, tools } = this.#options;
    const head = header.slice(0, found.at);
    const called = /\bto=(\S+?)(?=\s|<\||$)/u.exec(head)?.[1];
    const name = /<\|channel\|>\s*(\w+)/u.exec(head)?.[1];
    if (called !== undefined && tools !== false) this.#beginCall(called.replace(/^functions\./u, ""));
    else this.#state = name === "analysis" && reasoning ? "thinking" : "text";
    return header.slice(found.at + found.marker.length);
  }

  #giveUpHeader(header: string): string {
    this.#header = "";
    this.#state = "text";
    const begin = bounds.atStart(header) ?? "";
    this.#sink.text(begin);
    return header.slice(begin.length);
  }

  #readContent(piece: string): string {
    const text = this.#held + piece;
    this.#held = "";
    if (this.#isAfterRole) {
      const head = text.trimStart();
      const bound = bounds.find(head);
      if (!bound && text.length <= longestHeader && (head === "" || mayBeRecipient.test(head.slice(0, head.length - bounds.pending(head))))) {
        this.#held = text;
        return "";
      }
      this.#isAfterRole = false;
      if (bound?.marker === channel && recipient.test(head.slice(0, bound.at))) {
        this.#state = "header";
        return text;
      }
    }
    const found = bounds.find(text);
    const end = found ? found.at : text.length - bounds.pending(text);
    this.#give(text.slice(0, end));
    if (!found) {
      this.#held = text.slice(end);
      return "";
    }
    this.#close();
    if (ends.includes(found.marker)) return text.slice(found.at + found.marker.length);
    this.#state = "header";
    return text.slice(found.at);
  }

  #beginCall(name: string): void {
    const { previews, maxCallLength } = this.#options;
    this.#state = "call";
    this.#block = new CallBlock({ sink: this.#sink, syntax, name, names: undefined, previews, maxLength: maxCallLength });
  }

  /** Gives what is to be read on: a mark that begins the next message closes a call as well. */
  #leave({ closer = "", rest }: BlockEnd): string {
    this.#block = undefined;
    this.#state = "outside";
    return ends.includes(closer) ? rest : closer + rest;
  }

  #give(text: string): void {
    if (this.#state === "thinking") this.#sink.thinking(text);
    else this.#sink.text(text);
  }

  #giveHeld(): void {
    this.#isAfterRole = false;
    const held = this.#held;
    this.#held = "";
    this.#give(held);
  }

  #close(): void {
    if (this.#state === "thinking") this.#sink.endThinking();
    this.#state = "outside";
  }
}

/** What a model writes, as events. */
import { type Bidi, StageError, sync } from "@iftk/core";
import type { Backend } from "../backend.js";
import { IncrementalTextDecoder } from "../text-decoder.js";
import type { DoneEvent, Event } from "./event.js";
import { EventList } from "./event-list.js";
import type { Format, ReplyReader, ToolDefinition } from "./format.js";
import { generic } from "./formats.js";

/** What a decoder asks of a model's vocabulary. */
export type TokenTexts = Pick<Backend, "tokenize" | "tokenBytes">;

export interface DecoderOptions {
  /** How the model writes; `generic` without it. */
  readonly format?: Format;
  /** Tells thinking apart from text; true without it. */
  readonly reasoning?: boolean;
  /** The tools there are, or true where they are not known; without them a call is text like any other. */
  readonly tools?: boolean | readonly Pick<ToolDefinition, "name">[];
  /** The text that the model goes on from: it may have opened thinking. */
  readonly prompt?: string;
  /** The vocabulary by which token batches are read; text needs none. */
  readonly tokens?: TokenTexts;
  /** Gives the arguments of a call as they grow. */
  readonly previews?: boolean;
  /** Characters that one call may have; 1 Mi without it. */
  readonly maxCallLength?: number;
}

/** A piece of a reply: text, or tokens that were generated. */
export type ReplyPiece = string | ArrayLike<number>;

/**
 * Reads one reply piece by piece. The events do not depend on how it was cut, but for where text and
 * arguments are, and cost time linear in the text.
 *
 * Nothing that was said is lost: what only looked like a mark is text, a call that is malformed or cut
 * off is told as invalid with its text. A token that is one of the marks of the format counts as that
 * mark; other control tokens have no text.
 */
export class Decoder {
  readonly #events = new EventList();
  readonly #reader: ReplyReader;
  readonly #text = new IncrementalTextDecoder();
  readonly #tokens: TokenTexts | undefined;
  readonly #markers: ReadonlyMap<number, string>;
  #isDone = false;

  constructor({ format = generic, reasoning = true, tools = false, prompt, tokens, previews = false, maxCallLength = 2 ** 20 }: DecoderOptions = {}) {
    this.#reader = format.read(this.#events, { reasoning, tools: typeof tools === "boolean" ? tools : new Set(tools.map(({ name }) => name)), prompt, previews, maxCallLength });
    this.#tokens = tokens;
    this.#markers = tokens ? markerTokens(tokens, format) : new Map();
  }

  /** The events that are certain with this piece. Throws StageError `invalid_argument` for tokens without a vocabulary. */
  write(piece: ReplyPiece): readonly Event[] {
    if (typeof piece === "string") this.#reader.write(piece, false);
    else for (let index = 0; index < piece.length; index++) this.#writeToken(piece[index] as number);
    return this.#events.take();
  }

  /** What was held back, and `done`. Throws StageError `failed_precondition` when it was called before. */
  end(reason = "stop"): readonly Event[] {
    if (this.#isDone) throw new StageError("failed_precondition", "decoder: the reply is at its end already; a decoder reads one");
    this.#isDone = true;
    this.#writeText(this.#text.end());
    this.#reader.end();
    const done: DoneEvent = { type: "done", text: this.#events.said, reason };
    return [...this.#events.take(), done];
  }

  #writeToken(token: number): void {
    if (!this.#tokens) throw new StageError("invalid_argument", "decodeEvents: tokens were given without a vocabulary to read them by; give `tokens`");
    const marker = this.#markers.get(token);
    if (marker === undefined) return this.#writeText(this.#text.write(this.#tokens.tokenBytes(token)));
    this.#writeText(this.#text.end());
    this.#reader.write(marker, true);
  }

  #writeText(text: string): void {
    if (text !== "") this.#reader.write(text, false);
  }
}

export interface DecodeEventsOptions extends DecoderOptions {
  /** Asked at the end of the reply why it ended. */
  readonly reason?: () => string;
}

/** The stage from a reply, as text or as token batches, to its events; `done` comes last, and only when the reply did not fail. */
export function decodeEvents({ reason, ...options }: DecodeEventsOptions = {}): Bidi<ReplyPiece, Event> {
  return sync("decodeEvents", () => {
    const decoder = new Decoder(options);
    return { take: (piece) => decoder.write(piece), end: () => decoder.end(reason?.()) };
  });
}

const remembered = new WeakMap<TokenTexts, Map<Format, ReadonlyMap<number, string>>>();

/** The marks of a format that are tokens of their own. */
function markerTokens(tokens: TokenTexts, format: Format): ReadonlyMap<number, string> {
  const byFormat = remembered.get(tokens) ?? new Map<Format, ReadonlyMap<number, string>>();
  remembered.set(tokens, byFormat);
  let markers = byFormat.get(format);
  if (markers) return markers;
  markers = new Map(
    format.markers.flatMap((marker) => {
      const [token, ...others] = tokens.tokenize(marker, { special: true });
      return token === undefined || others.length > 0 ? [] : [[token, marker] as const];
    }),
  );
  byFormat.set(format, markers);
  return markers;
}

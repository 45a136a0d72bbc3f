/** How a family of models marks thinking and tool calls in what it writes. */
import type { EventSink } from "./event-list.js";

/** A tool that a model may call. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** The JSON Schema of its arguments, which are an object. */
  readonly parameters: object;
}

/** A call that was made, as it goes back into a conversation. */
export interface PastCall {
  readonly name: string;
  readonly arguments: unknown;
}

/** The marks around thinking. */
export interface ThinkingTags {
  readonly open: string;
  readonly close: string;
}

/** Where the name and the arguments stand in the JSON of a call. */
export interface CallKeys {
  readonly name: readonly string[];
  readonly arguments: readonly string[];
}

/** How calls are written. */
export interface CallSyntax {
  /** The mark before a call. Without it a reply that begins with the JSON object of a call to a known tool is that call. */
  readonly open?: string;
  /** The marks after a call, any of them. Without one a call ends with its JSON. */
  readonly close?: readonly string[];
  /** What may follow the mark: the object of a call, or a list of such objects. */
  readonly forms: readonly ("object" | "list")[];
  /** For a name before the JSON of the arguments: the name in what stands there, if that can be one. */
  readonly nameOf?: (header: string) => string | undefined;
  /** What stands between two calls after one mark. */
  readonly separator?: string;
  /** Where name and arguments stand in the object; `name`, and `arguments` or `parameters`, without it. */
  readonly keys?: CallKeys;
}

/** What a reader is told of the reply. */
export interface ReaderOptions {
  /** Whether thinking is told apart from text. */
  readonly reasoning: boolean;
  /** Whether calls are looked for: the names of the tools where they are known. */
  readonly tools: boolean | ReadonlySet<string>;
  /** The text that the model goes on from; it may have opened thinking itself. */
  readonly prompt: string | undefined;
  /** Gives arguments as they grow. */
  readonly previews: boolean;
  /** Characters that one call may have. */
  readonly maxCallLength: number;
}

/** Reads one reply. */
export interface ReplyReader {
  /** Takes the next piece; `isMarker` where it is one of the marks, and came as a token of its own. */
  write(text: string, isMarker: boolean): void;
  /** The reply is at its end. */
  end(): void;
}

/** How a family of models writes. */
export interface Format {
  readonly name: string;
  /** The texts that mean something. */
  readonly markers: readonly string[];
  /** Of those, the ones around thinking. */
  readonly thinking?: readonly ThinkingTags[] | undefined;
  /** Gives a reader at the start of a reply. */
  read(sink: EventSink, options: ReaderOptions): ReplyReader;
  /** Calls as the model writes them; absent where the family has no tools. */
  readonly writeCalls?: ((calls: readonly PastCall[]) => string) | undefined;
  /** The result of a tool as the model reads it. */
  readonly writeAnswer: (name: string, value: string) => string;
}

/** A format made of marks around thinking and around calls. */
export interface TagFormatDefinition {
  readonly name: string;
  readonly thinking?: readonly ThinkingTags[];
  /** Whether a reply begins inside thinking where the prompt is not known. */
  readonly isThinkingFirst?: boolean;
  readonly calls?: readonly CallSyntax[];
  /** Marks that may stand around calls and mean nothing. */
  readonly wrappers?: readonly string[];
  readonly writeCalls?: (calls: readonly PastCall[]) => string;
  readonly writeAnswer?: (name: string, value: string) => string;
}

/** A format that is not made of tags brings a reader of its own. */
export type FormatDefinition = TagFormatDefinition | Format;

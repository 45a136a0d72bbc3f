/** One block of a reply, from its start to its end. */
import { StageError } from "@iftk/core";
import type { Part } from "@iftk/inference";
import { sourceOf, type Citation } from "./citation.js";
import { provider } from "./failure.js";
import { jsonTool } from "./json-reply.js";

/** A block as the provider starts it, or whole. Fields may be missing, and there are kinds that are not known. */
export interface ContentBlock {
  readonly type?: string;
  readonly text?: string;
  readonly citations?: readonly Citation[] | null;
  readonly thinking?: string;
  readonly signature?: string;
  readonly data?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: unknown;
}

interface Delta {
  readonly type?: string;
  readonly text?: string;
  readonly citation?: Citation;
  readonly thinking?: string;
  readonly signature?: string;
  readonly partial_json?: string;
}

/** A block that is being read. */
export interface OpenBlock {
  /** Whether it is a call of one of the tools that were given. */
  readonly isCall: boolean;
  begin(): readonly Part[];
  take(delta: Delta): readonly Part[];
  end(): readonly Part[];
}

/** The text of the reply so far, of which only the length is kept. */
export interface ReplyLength {
  length: number;
}

/** Reads a block by its kind; undefined for the blocks of the provider's own tools and for what is not known. */
export function contentBlock(block: ContentBlock, reply: ReplyLength): OpenBlock | undefined {
  const { type } = block;
  if (type === "text") return new TextBlock(block, reply);
  if (type === "thinking") return new ThinkingBlock(block);
  if (type === "tool_use") return block.name === jsonTool ? new JsonBlock(block, reply) : new CallBlock(block);
  if (type !== "redacted_thinking") return undefined;
  return { isCall: false, begin: () => none, take: () => none, end: () => [{ type: "reasoning", text: "", encrypted: block.data ?? "" }] };
}

const none: readonly Part[] = [];

/** Text; what it cites is told at its end, when it is known which text rests on it. */
class TextBlock implements OpenBlock {
  readonly isCall = false;
  readonly #reply: ReplyLength;
  readonly #start: number;
  readonly #text: string;
  readonly #citations: Citation[];

  constructor({ text = "", citations }: ContentBlock, reply: ReplyLength) {
    this.#reply = reply;
    this.#start = reply.length;
    this.#text = text;
    this.#citations = [...(citations ?? [])];
  }

  begin(): readonly Part[] {
    return this.take({ type: "text_delta", text: this.#text });
  }

  take({ type, text, citation }: Delta): readonly Part[] {
    if (type === "citations_delta" && citation) {
      if (this.#citations.length === mostCitations) throw tooLarge(`more than ${mostCitations} citations in one text`);
      this.#citations.push(citation);
    }
    if (type !== "text_delta" || !text) return none;
    this.#reply.length += text.length;
    return [{ type: "text-delta", text }];
  }

  end(): readonly Part[] {
    return this.#citations.map((citation) => sourceOf(citation, this.#start, this.#reply.length));
  }
}

class ThinkingBlock implements OpenBlock {
  readonly isCall = false;
  readonly #first: string;
  #text = "";
  #signature: string;

  constructor({ thinking = "", signature = "" }: ContentBlock) {
    this.#first = thinking;
    this.#signature = signature;
  }

  begin(): readonly Part[] {
    return this.take({ type: "thinking_delta", thinking: this.#first });
  }

  take({ type, thinking, signature }: Delta): readonly Part[] {
    if (type === "signature_delta") this.#signature = within(this.#signature + (signature ?? ""), "signature");
    if (type !== "thinking_delta" || !thinking) return none;
    this.#text = within(this.#text + thinking, "thought");
    return [{ type: "reasoning-delta", text: thinking }];
  }

  end(): readonly Part[] {
    return [{ type: "reasoning", text: this.#text, ...(this.#signature !== "" && { signature: this.#signature }) }];
  }
}

class CallBlock implements OpenBlock {
  readonly isCall = true;
  readonly #id: string;
  readonly #name: string;
  readonly #input: unknown;
  #text = "";

  constructor({ id = "", name = "", input }: ContentBlock) {
    this.#id = id;
    this.#name = name;
    this.#input = input;
  }

  begin(): readonly Part[] {
    return [{ type: "tool-call-start", id: this.#id, name: this.#name }];
  }

  take({ type, partial_json: json }: Delta): readonly Part[] {
    if (type !== "input_json_delta" || !json) return none;
    this.#text = within(this.#text + json, `call of ${this.#name}`);
    return [{ type: "tool-call-delta", id: this.#id, arguments: json }];
  }

  /** A call without arguments comes without a text; one in a reply that came whole has them from the start. */
  end(): readonly Part[] {
    const call = { id: this.#id, name: this.#name };
    if (this.#text === "") return [{ type: "tool-call", ...call, arguments: this.#input ?? {} }];
    try {
      return [{ type: "tool-call", ...call, arguments: JSON.parse(this.#text) as unknown }];
    } catch (error) {
      return [{ type: "tool-call-invalid", ...call, text: this.#text, message: error instanceof Error ? error.message : String(error) }];
    }
  }
}

/** The call of the tool by which the model is made to reply in JSON: its arguments are the text of the reply. */
class JsonBlock implements OpenBlock {
  readonly isCall = false;
  readonly #reply: ReplyLength;
  readonly #input: unknown;
  #isStreamed = false;

  constructor({ input }: ContentBlock, reply: ReplyLength) {
    this.#reply = reply;
    this.#input = input;
  }

  begin(): readonly Part[] {
    return none;
  }

  take({ type, partial_json: json }: Delta): readonly Part[] {
    if (type !== "input_json_delta" || !json) return none;
    this.#isStreamed = true;
    this.#reply.length += json.length;
    return [{ type: "text-delta", text: json }];
  }

  end(): readonly Part[] {
    return this.#isStreamed ? none : [{ type: "text-delta", text: JSON.stringify(this.#input ?? {}) }];
  }
}

/** Characters that what is kept of one block may have, and citations that one text may. */
const mostCharacters = 2 ** 24;
const mostCitations = 10_000;

function within(text: string, what: string): string {
  if (text.length > mostCharacters) throw tooLarge(`a ${what} of more than ${mostCharacters} characters`);
  return text;
}

function tooLarge(what: string): StageError {
  return new StageError("resource_exhausted", `${provider}: the reply holds ${what}`, { reason: "too-large" });
}

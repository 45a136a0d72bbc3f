/** Calls of tools, put together of their pieces. */
import type { Part, ToolCall, ToolCallInvalid } from "@iftk/inference";

/** A piece of a call as it comes; a server that gives a call whole may give its arguments as a value rather than a text. */
export interface ToolCallPiece {
  readonly index?: number;
  readonly id?: string | null;
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null;
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly choice: number;
  text: string;
}

/** Collects the calls of one reply. */
export class ToolCalls {
  /** By choice and index, in the order in which they began. */
  readonly #open = new Map<string, OpenCall>();
  #count = 0;

  /** What a piece tells. */
  add({ index, id, function: called }: ToolCallPiece, choice: number): Part[] {
    const place = `${choice}:${index ?? id ?? 0}`;
    const of = choice === 0 ? undefined : { choice };
    const parts: Part[] = [];
    let call = this.#open.get(place);
    // A server that numbers no calls tells by the id that another one begins.
    if (call && id && id !== call.id && called?.name) {
      parts.push(wholeOf(call));
      this.#open.delete(place);
      call = undefined;
    }
    if (!call) {
      call = { id: id || `call_${this.#count}`, name: called?.name ?? "", choice, text: "" };
      this.#count++;
      this.#open.set(place, call);
      parts.push({ type: "tool-call-start", id: call.id, name: call.name, ...of });
    }
    const given = called?.arguments;
    const text = typeof given === "string" ? given : given === undefined || given === null ? "" : JSON.stringify(given);
    if (text === "") return parts;
    call.text += text;
    parts.push({ type: "tool-call-delta", id: call.id, arguments: text, ...of });
    return parts;
  }

  /** The calls, of this choice or all, that are complete now. */
  end(choice?: number): Part[] {
    const parts: Part[] = [];
    for (const [place, call] of this.#open) {
      if (choice !== undefined && call.choice !== choice) continue;
      this.#open.delete(place);
      parts.push(wholeOf(call));
    }
    return parts;
  }
}

function wholeOf({ id, name, choice, text }: OpenCall): ToolCall | ToolCallInvalid {
  const of = choice === 0 ? undefined : { choice };
  try {
    return { type: "tool-call", id, name, arguments: text.trim() === "" ? {} : (JSON.parse(text) as unknown), ...of };
  } catch {
    return { type: "tool-call-invalid", id, name, text, message: `the arguments are no JSON (${text.length} characters)`, ...of };
  }
}

/** A call of a tool as its arguments come in, piece by piece. */
import { StageError } from "@iftk/core";
import type { Part, ToolCall, ToolCallInvalid } from "@iftk/inference";

/** Characters that the arguments of one call may have. */
const longest = 2 ** 24;

/** Gathers one call. It is told of once its name is known. */
export class ToolCallText {
  id: string;
  readonly #choice: { readonly choice?: number };
  #name = "";
  #text = "";
  #isTold = false;

  constructor(id: string, choice: number) {
    this.id = id;
    this.#choice = choice === 0 ? {} : { choice };
  }

  get hasName(): boolean {
    return this.#name !== "";
  }

  /** The name is given once, with the first piece or after it. Throws StageError `resource_exhausted` for arguments without end. */
  add(name: string | undefined, text: string, parts: Part[]): void {
    if (name && !this.#name) this.#name = name;
    if (this.#text.length + text.length > longest) throw new StageError("resource_exhausted", `the arguments of the tool call ${JSON.stringify(this.#name)} are longer than ${longest} characters`, { reason: "too-large" });
    this.#text += text;
    if (!this.#name) return;
    const untold = this.#isTold ? text : this.#text;
    if (!this.#isTold) parts.push({ type: "tool-call-start", id: this.id, name: this.#name, ...this.#choice });
    this.#isTold = true;
    if (untold !== "") parts.push({ type: "tool-call-delta", id: this.id, arguments: untold, ...this.#choice });
  }

  /** The call as it stands at its end. Arguments without text are an empty object, as servers send them for tools without parameters, unless the reply was cut short. */
  whole(isCutShort: boolean): ToolCall | ToolCallInvalid {
    const call = { id: this.id, name: this.#name, ...this.#choice };
    try {
      return { type: "tool-call", ...call, arguments: JSON.parse(this.#text.trim() || (isCutShort ? "" : "{}")) as unknown };
    } catch (error) {
      return { type: "tool-call-invalid", ...call, text: this.#text, message: `the arguments are no JSON: ${(error as Error).message}` };
    }
  }

  /** The text is replaced by the one that the provider gives at the end. */
  replace(text: string): void {
    this.#text = text;
  }
}

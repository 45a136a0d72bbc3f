/** Views of a streamed reply: its text as it comes, and the whole. */
import { type Bidi, forEach, inputStream, type InputStream, type Stream, sync } from "@iftk/core";
import { checkFinish } from "./check-finish.js";
import type { AssistantContent, AssistantMessage } from "./message.js";
import { addText, asContent } from "./message-content.js";
import type { Finish, Part, Source, ToolCall, ToolCallInvalid } from "./part.js";
import type { TranscriptPart } from "./transcript.js";

/**
 * The text of a reply, piece by piece; everything else is left out, and so are all replies but the first where there are several.
 *
 * It ends only with the reply's `finish`, so a text that ends is whole.
 *
 * @throws StageError `unavailable`, reason `truncated`, when the parts end without `finish`;
 * `canceled` or `unknown` when the `finish` says that the reply was aborted or failed.
 */
export const text: Bidi<Part | TranscriptPart, string> = sync("text", () => {
  let finish: Finish | undefined;
  return {
    take(part) {
      if (part.type === "text-delta") return part.choice ? none : [part.text];
      if (part.type === "finish") finish = part;
      return none;
    },
    end() {
      checkFinish(finish);
      return none;
    },
  };
});

const none: readonly string[] = [];

/** A reply that is complete. */
export interface Reply {
  readonly text: string;
  readonly reasoning: string;
  /** What the model said in place of a reply, where it refused. */
  readonly refusal: string;
  readonly toolCalls: readonly ToolCall[];
  /** Calls whose arguments are no JSON. */
  readonly invalidToolCalls: readonly ToolCallInvalid[];
  readonly sources: readonly Source[];
  readonly warnings: readonly string[];
  readonly finish: Finish;
  /** The reply as the next message of the conversation, with texts of each phase, reasoning and calls in their order. */
  readonly message: AssistantMessage;
}

/**
 * A reply put together from its parts; the first one where there are several.
 *
 * @throws StageError as `text` does.
 */
export const reply: InputStream<Part, Reply> = inputStream(async function reply(parts: Stream<Part>): Promise<Reply> {
  const found = new ReplyContent();
  await forEach(parts, (part) => found.add(part));
  return found.whole();
});

class ReplyContent {
  #text = "";
  #reasoning = "";
  #refusal = "";
  readonly #toolCalls: ToolCall[] = [];
  readonly #invalidToolCalls: ToolCallInvalid[] = [];
  readonly #sources: Source[] = [];
  readonly #warnings: string[] = [];
  readonly #content: AssistantContent[] = [];
  #finish: Finish | undefined;

  add(part: Part): void {
    if ("choice" in part && part.choice) return;
    switch (part.type) {
      case "text-delta":
        this.#text += part.text;
        addText(this.#content, part);
        break;
      case "reasoning-delta":
        this.#reasoning += part.text;
        break;
      case "refusal-delta":
        this.#refusal += part.text;
        break;
      case "reasoning": {
        const { type, text, signature, encrypted } = part;
        this.#content.push({ type, text, ...(signature !== undefined && { signature }), ...(encrypted !== undefined && { encrypted }) });
        break;
      }
      case "tool-call": {
        const { type, id, name, arguments: given } = part;
        this.#toolCalls.push(part);
        this.#content.push({ type, id, name, arguments: given });
        break;
      }
      case "tool-call-invalid":
        this.#invalidToolCalls.push(part);
        break;
      case "source":
        this.#sources.push(part);
        break;
      case "warning":
        this.#warnings.push(part.message);
        break;
      case "finish":
        this.#finish = part;
        break;
      case "tool-call-start":
      case "tool-call-delta":
      case "usage":
      case "choice-finish":
    }
  }

  whole(): Reply {
    const finish = checkFinish(this.#finish);
    return {
      text: this.#text,
      reasoning: this.#reasoning,
      refusal: this.#refusal,
      toolCalls: this.#toolCalls,
      invalidToolCalls: this.#invalidToolCalls,
      sources: this.#sources,
      warnings: this.#warnings,
      finish,
      message: { role: "assistant", content: asContent(this.#content) },
    };
  }
}

/** Views of a streamed reply: its text as it comes, and the whole. */
import { type Bidi, forEach, inputStream, type InputStream, StageError, type Stream, sync } from "@iftk/core";
import type { Finish, Part } from "./chat.js";

/** A reply that is complete. */
export interface Reply {
  readonly text: string;
  readonly reasoning: string;
  readonly warnings: readonly string[];
  readonly finish: Finish;
}

/**
 * The text of a reply, piece by piece; reasoning and warnings are left out.
 *
 * It ends only with the reply's `finish`, so a text that ends is whole.
 *
 * @throws StageError `unavailable`, reason `truncated`, when the parts end without `finish`;
 * `canceled` or `unknown` when the `finish` says that the reply was aborted or failed.
 */
export const text: Bidi<Part, string> = sync("text", () => {
  let finish: Finish | undefined;
  return {
    take(part) {
      if (part.type === "text-delta") return [part.text];
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

/**
 * A reply put together from its parts.
 *
 * @throws StageError as `text` does.
 */
export const reply: InputStream<Part, Reply> = inputStream(async function reply(parts: Stream<Part>): Promise<Reply> {
  let text = "";
  let reasoning = "";
  const warnings: string[] = [];
  let finish: Finish | undefined;
  await forEach(parts, (part) => {
    if (part.type === "text-delta") text += part.text;
    else if (part.type === "reasoning-delta") reasoning += part.text;
    else if (part.type === "warning") warnings.push(part.message);
    else finish = part;
  });
  return { text, reasoning, warnings, finish: checkFinish(finish) };
});

function checkFinish(finish: Finish | undefined): Finish {
  if (!finish) throw new StageError("unavailable", "the reply ended before its finish part: it is cut off", { reason: "truncated" });
  const { unified, raw } = finish.reason;
  if (unified === "aborted") throw new StageError("canceled", `the reply was aborted (${raw})`, { reason: "truncated" });
  if (unified === "error") throw new StageError("unknown", `the engine failed during the reply (${raw})`, { reason: "truncated" });
  return finish;
}
